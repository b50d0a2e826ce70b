"""The count before a post, in the sender's words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.domain.medium import Medium
from webapp.domain.who import Who
from webapp.runtime import runtime
from webapp.services.posting.counting import Count, Line, Outlook
from webapp.views import _telling

SHOWN = 50  # names behind one number
NAMED = 5  # unknown names in one sentence


@dataclass(frozen=True, slots=True)
class Told:
    """One number in words, the names of the people behind it, and how many more there are."""

    words: str
    people: tuple[Who, ...]
    more: int


@dataclass(frozen=True, slots=True)
class ToldCount:
    """``total`` is a heading, ``troubles`` are what the sender should know before they send."""

    total: str
    lines: tuple[Told, ...]
    troubles: tuple[str, ...]


def told(count: Count | None, *, asked: Iterable[str], is_over: bool = False) -> ToldCount | None:
    """The ledger that Compose shows. ``asked`` are the usernames that were typed; ``is_over``: the time that was chosen
    has passed."""
    if count is None:
        return None
    n = len(count.people)
    inbox = _("%(num)s inbox", num=n) if is_now(count) else _("%(num)s inbox, %(at)s", num=n, at=_at(count))
    lines = [(inbox, count.people), *((_words(line, count), line.people) for line in count.lines)]
    return ToldCount(
        _total(count),
        tuple(Told(words, people[:SHOWN], max(0, len(people) - SHOWN)) for words, people in lines),
        (
            *([_("This time is over: it goes out as soon as you send it.")] if is_over else []),
            *_strangers(count, asked),
            *(_trouble(line) for line in count.lines if line.outlook.is_trouble),
        ),
    )


def _total(count: Count) -> str:
    people = ngettext("%(num)d person", "%(num)d people", len(count.people))
    if not count.subscribers:
        return people
    others = ngettext("%(num)d subscriber", "%(num)d subscribers", count.subscribers)
    return _("%(people)s and %(others)s", people=people, others=others)


def _strangers(count: Count, asked: Iterable[str]) -> list[str]:
    """The typed names that nobody has."""
    known = {it.username for it in count.people}
    names = [f"“{name}”" for name in asked if name not in known]
    if not names:
        return []
    more = [_("%(num)s more", num=len(names) - NAMED)] if len(names) > NAMED else []
    named = _telling.joined((*names[:NAMED], *more))
    return [_("There is nobody named %(names)s: it cannot be sent like this.", names=named)]


def is_now(count: Count) -> bool:
    """Whether it is in the inboxes as soon as it is posted."""
    return count.visible_at <= runtime().now()


def _at(count: Count) -> str:
    return _telling.when(count.visible_at)


def _words(line: Line, count: Count) -> str:
    n, medium = len(line.people), _(Medium(line.medium).label)
    if line.outlook is not Outlook.GOES:
        return _WORDS[line.outlook](n, medium)
    if count.first_try <= runtime().now():
        return _("%(num)s %(medium)s now", num=n, medium=medium)
    return _("%(num)s %(medium)s, %(at)s", num=n, medium=medium, at=_telling.when(count.first_try))


def _trouble(line: Line) -> str:
    n, medium = len(line.people), _(Medium(line.medium).label)
    if line.outlook is Outlook.UNRESOLVED:
        return ngettext(
            "%(num)d %(medium)s will wait: an address cannot be looked up just now. That is tried again by itself.",
            "%(num)d %(medium)s will wait: addresses cannot be looked up just now. That is tried again by itself.",
            n,
            medium=medium,
        )
    return ngettext(
        "%(num)d %(medium)s will wait: nothing is ready to send it. It goes out by itself once that is mended.",
        "%(num)d %(medium)s will wait: nothing is ready to send them. They go out by themselves once that is mended.",
        n,
        medium=medium,
    )


# What people chose is summed up, without saying which choice it was.
_WORDS: dict[Outlook, Callable[[int, str], str]] = {
    Outlook.LATER: lambda n, medium: ngettext(
        "%(num)d %(medium)s at a time they chose", "%(num)d %(medium)s at times they chose", n, medium=medium
    ),
    Outlook.UNWANTED: lambda n, medium: ngettext(
        "%(num)d chose not to get this by %(medium)s", "%(num)d chose not to get this by %(medium)s", n, medium=medium
    ),
    Outlook.NO_ADDRESS: lambda n, medium: ngettext(
        "%(num)d has no address for %(medium)s", "%(num)d have no address for %(medium)s", n, medium=medium
    ),
    Outlook.UNVERIFIED: lambda n, medium: ngettext(
        "%(num)d has not verified an address for %(medium)s",
        "%(num)d have not verified an address for %(medium)s",
        n,
        medium=medium,
    ),
    Outlook.INACTIVE: lambda n, medium: ngettext(
        "%(num)d gets no %(medium)s: the account is deactivated",
        "%(num)d get no %(medium)s: their accounts are deactivated",
        n,
        medium=medium,
    ),
    Outlook.EXPIRES: lambda n, medium: ngettext(
        "%(num)d gets no %(medium)s: it expires first", "%(num)d get no %(medium)s: it expires first", n, medium=medium
    ),
    Outlook.HELD: lambda n, medium: ngettext(
        "%(num)d %(medium)s waits: nothing is ready to send it",
        "%(num)d %(medium)s wait: nothing is ready to send them",
        n,
        medium=medium,
    ),
    Outlook.UNRESOLVED: lambda n, medium: ngettext(
        "%(num)d %(medium)s waits: the address cannot be looked up just now",
        "%(num)d %(medium)s wait: their addresses cannot be looked up just now",
        n,
        medium=medium,
    ),
    Outlook.BUSY: lambda n, medium: ngettext(
        "%(num)d %(medium)s waits its turn", "%(num)d %(medium)s wait their turn", n, medium=medium
    ),
}
