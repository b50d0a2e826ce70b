"""What turns messages into outputs: one module per formatter, each with a ``FORMATTER``."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache, partial
from itertools import islice
from typing import Any

from webapp.domain import markup
from webapp.domain.blanks import MARK, problem_in_blanks
from webapp.domain.envelope import Format
from webapp.domain.registry import Registry, discover, registered
from webapp.domain.text import problem_in_body, problem_in_line
from webapp.formatters import _mail
from webapp.formatters._base import Context, Formatter, Item, Output, Related
from webapp.formatters._patience import TooSlow, run

__all__ = [
    "Context", "ForInbox", "Formatter", "Item", "Output", "Related", "TooSlow",
    "candidates", "chosen", "format_checked", "formatters", "groups", "inbox_texts", "load", "run", "same_for_all",
    "shapes_inbox", "shipped",
]  # fmt: skip

DEFAULT, DIGEST = "plain", "digest"
_INBOX_S = 1.0  # seconds that a formatter may take for one message of an inbox, while its reader waits
_LONGEST_SUBJECT = 300  # characters
_LARGEST_BODY = 4 * 1024 * 1024  # bytes; a body of the largest size may become many times larger as HTML


_log = logging.getLogger(__name__)


@cache
def load() -> None:
    """Load the templates and libraries before the first message: on a slow machine that takes longer than a formatter's
    time limit, through no fault of its own."""
    formatters()
    markup.load()
    _mail.load()


@cache
def formatters() -> Registry[Formatter]:
    """Every formatter by the name of its module."""
    return registered("formatter", __name__, "belfry.formatters", _read)


@cache
def _shipped() -> frozenset[str]:
    return frozenset(module.__name__.rpartition(".")[2] for module in discover(__name__))


def shipped(name: str) -> bool:
    """Whether that formatter is one of Belfry's own, and not an installed one."""
    return name in _shipped()


def _read(module: Any) -> tuple[str, Formatter]:
    """Name and formatter of a module. Raises where it has none, or one that could not be used."""
    one = module.FORMATTER
    if not (isinstance(one.label, str) and isinstance(one.groups, bool) and callable(one.format)):
        raise TypeError("It needs a label, groups and format.")
    if isinstance(one.channels, str) or not all(isinstance(glob, str) for glob in one.channels):
        raise TypeError('Its channels are a tuple of patterns, such as ("ops.*",).')
    return module.__name__.rpartition(".")[2], one


def candidates(channel: str, named: str | None) -> tuple[str, ...]:
    """The formatters that could lay out a channel: the one it names, else all that support its name, else the default.
    More than one means that the choice is ambiguous."""
    if named:
        return (named,)
    matching = (name for name, one in formatters().items() if any(fnmatchcase(channel, glob) for glob in one.channels))
    return tuple(matching) or (DEFAULT,)


def chosen(possible: Sequence[str], *, digest: bool) -> str:
    """The formatter for one person's deliveries, out of the ``possible`` ones of the channel: the first. Where the
    person wants a ``digest`` and the first does not group messages, the digest formatter.

    A named formatter that is no longer installed stays chosen. Using it then raises, instead of laying the message out
    in a way that nobody wanted.
    """
    name = possible[0]
    return DIGEST if digest and name in formatters() and not groups(name) else name


def groups(name: str) -> bool:
    """Whether the formatter of that name wants all that is due at once."""
    one = formatters().get(name)
    return one is not None and one.groups


def same_for_all(name: str) -> bool:
    """Whether the formatter of that name makes the same output of a message for every recipient."""
    return getattr(formatters().get(name), "same_for_all", False)


def format_checked(name: str | None, items: Sequence[Item], limits: Format, context: Context) -> list[Output]:
    """What the formatter of that name makes of the items. Raises ValueError where an output names an unknown or
    twice-used id, or cannot be carried: a subject of several lines, or a text that is too long.

    Anything else that the formatter raises passes through: the engine returns the whole group to the queue.
    """
    name = name or DEFAULT
    outputs = list(islice(formatters()[name].format(items, limits, context), len(items) + 1))
    named = [id_ for output in outputs for id_ in output.contains]
    if len(named) != len(set(named)) or not set(named) <= {item.id for item in items}:
        raise ValueError(f"The formatter {name} named an unknown delivery, or one twice.")
    for output in outputs:
        if problem := _problem(output, limits):
            raise ValueError(f"The formatter {name} made what cannot be sent: {problem}")
    return outputs


@dataclass(frozen=True, slots=True)
class ForInbox:
    """One message in somebody's inbox, and which formatter its channel names, if any."""

    named: str | None
    item: Item
    context: Context


def shapes_inbox(channel: str, named: str | None) -> bool:
    """Whether the formatter of a channel has a layout of its own for inboxes."""
    return _shape(channel, named) is not None


def inbox_texts(messages: Sequence[ForInbox]) -> list[str]:
    """What an inbox shows of each message, as Markdown: what its channel's formatter makes of it, or else the body as
    it was written. The body is also shown where the choice of formatter is ambiguous, or the formatter raises or is too
    slow."""
    calls = [partial(_shape(one.context.channel, one.named) or _as_written, one.item, one.context) for one in messages]
    made = run(calls, each_s=_INBOX_S) if calls else []
    shown = [_shown(one, text) for one, text in zip(messages, made, strict=False)]
    return shown + [one.item.body for one in messages[len(made) :]]  # those behind a slow one were not formatted


def _shape(channel: str, named: str | None) -> Callable[[Item, Context], str] | None:
    found = candidates(channel, named)
    return getattr(formatters().get(found[0]), "user_format", None) if len(found) == 1 else None


def _as_written(item: Item, _context: Context) -> str:
    return item.body


def _shown(one: ForInbox, text: object) -> str:
    if isinstance(text, str) and not problem_in_body(text, largest=_LARGEST_BODY):
        return text
    _log.error("The formatter of %s made no text of %s for the inbox: %r", one.context.channel, one.item.id, text)
    return one.item.body


def _problem(output: Output, limits: Format) -> str | None:
    if not output.contains:
        return "It is made of no delivery."
    if problem := _problem_in_subject(output.subject) or _problem_in_text(output.text):
        return problem
    if output.html is not None and (problem := _problem_in_text(output.html)):
        return problem
    return None if limits.carries(output.text, output.html) else f"It is longer, or other, than {limits} takes."


@lru_cache(maxsize=256)
def _problem_in_subject(subject: str) -> str | None:
    return problem_in_line(subject, longest=_LONGEST_SUBJECT)


@lru_cache(maxsize=32)
def _problem_in_text(text: str) -> str | None:
    return problem_in_blanks(text) or problem_in_body(text.replace(MARK, ""), largest=_LARGEST_BODY)
