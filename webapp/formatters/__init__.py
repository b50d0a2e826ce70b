"""What turns messages into outputs: one module a formatter, each with a ``FORMATTER``."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from webapp.domain.blanks import MARK, problem_in_blanks
from webapp.domain.envelope import Format
from webapp.domain.registry import Registry, discover
from webapp.domain.text import problem_in_body, problem_in_line
from webapp.formatters._base import Context, Formatter, Item, Output, Related
from webapp.formatters._patience import TooSlow, run

__all__ = [
    "Context", "Formatter", "Item", "Output", "Related", "TooSlow", "candidates", "format_checked", "formatters", "run",
]  # fmt: skip

DEFAULT = "plain"
_LONGEST_SUBJECT = 300  # characters
_LARGEST_BODY = 4 * 1024 * 1024  # bytes; a body of the largest size may grow many times over as HTML


@cache
def formatters() -> Registry[Formatter]:
    """Every formatter by the name of its module."""
    registry: Registry[Formatter] = Registry("formatter")
    for module in discover(__name__):
        registry.add(*_read(module))
    registry.add_installed("belfry.formatters", _read)
    return registry


def _read(module: Any) -> tuple[str, Formatter]:
    return module.__name__.rpartition(".")[2], module.FORMATTER


def candidates(channel: str, named: str | None) -> tuple[str, ...]:
    """The formatters that could lay out a channel: the one that it names, else all that support its name, else the
    default. More than one of them means that nobody has said which."""
    if named:
        return (named,)
    matching = (name for name, one in formatters().items() if any(fnmatchcase(channel, glob) for glob in one.channels))
    return tuple(matching) or (DEFAULT,)


def format_checked(name: str | None, items: Sequence[Item], limits: Format, context: Context) -> list[Output]:
    """What the formatter of that name makes of the items. Raises ValueError where its outputs name what is not there,
    or cannot be carried: a subject is one line, and nothing is without end.

    Whatever else the formatter raises passes through: the engine gives the whole group back to the queue.
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


def _problem(output: Output, limits: Format) -> str | None:
    problems = (
        None if output.contains else "It is made of no delivery.",
        problem_in_line(output.subject, longest=_LONGEST_SUBJECT),
        _problem_in_text(output.text),
        None if output.html is None else _problem_in_text(output.html),
        None if limits.carries(output.text, output.html) else f"It is more than {limits} can carry.",
    )
    return next(filter(None, problems), None)


@lru_cache(maxsize=32)
def _problem_in_text(text: str) -> str | None:
    return problem_in_blanks(text) or problem_in_body(text.replace(MARK, ""), largest=_LARGEST_BODY)
