"""The inbox: what has come for one person, newest first. Nobody sees another's."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, literal_column, select

from webapp.domain.bounded import Bounded
from webapp.domain.cursor import Cursor
from webapp.domain.ids import is_id
from webapp.domain.markup import to_line
from webapp.domain.who import Who
from webapp.domain.wording import Sentence, why_in_short
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.message import Message, UserNotification
from webapp.services.inbox._copies import NEWEST_FIRST, SENDER, Showing, behind, joined, one, sender, shown

__all__ = ["Counts", "Entry", "Page", "Showing", "count", "page", "unread", "version"]

PAGE = 25  # rows
MOST_UNREAD, MOST_TOTAL = 99, 10_000  # where counting stops: "99+", "10,000+"
_LINE_FROM = 400  # characters of a body that are read to make one line of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the list. ``line`` is the body's beginning as plain text; ``why`` is there if it is unusual."""

    id: str
    sender: Who
    channel: str
    subject: str
    line: str
    why: Sentence | None
    visible_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the list; ``older`` is the cursor of the next one, None on the last.

    ``total`` and ``unread`` count the whole inbox, ``marking`` what is unread of all that the filter shows. ``version``
    is another one whenever anything on the page is.
    """

    entries: tuple[Entry, ...]
    total: Bounded
    unread: Bounded
    marking: Bounded
    older: str | None
    version: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many a filter shows, and how many of these are unread."""

    total: Bounded
    unread: Bounded


def page(*, user_id: int, showing: Showing, now: datetime, after: str | None = None, opened: str | None = None) -> Page:
    """What ``user_id`` has, behind the cursor ``after``. Raises Missing for a cursor that never was.

    ``opened`` stays in a list of unread ones although it has been read: it must not vanish under the reader.
    """
    rows = _rows(_SHOWN, user_id=user_id, showing=showing, now=now, after=after, opened=opened)
    unread, marking, total = _count(user_id, now, *_unread(showing), (Showing(), MOST_TOTAL))
    return Page(
        entries=tuple(_entry(row) for row in rows[:PAGE]),
        total=total,
        unread=unread,
        marking=marking,
        older=str(Cursor(rows[PAGE - 1].visible_at, rows[PAGE - 1].id)) if len(rows) > PAGE else None,
        version=_version(rows, unread, marking),
        channels=tuple(db.session.scalars(_CHANNELS)),
    )


def version(
    *, user_id: int, showing: Showing, now: datetime, after: str | None = None, opened: str | None = None
) -> str:
    """The ``version`` that the page has now, for much less than the page: a browser asks every few seconds."""
    rows = _rows(_SLIM, user_id=user_id, showing=showing, now=now, after=after, opened=opened)
    return _version(rows, *_count(user_id, now, *_unread(showing)))


def unread(*, user_id: int, now: datetime) -> Bounded:
    """How many are unread, counted to 99."""
    return _count(user_id, now, (Showing(unread=True), MOST_UNREAD))[0]


def count(*, user_id: int, showing: Showing, now: datetime) -> Counts:
    """How many ``showing`` names, whether or not they are read; in one statement."""
    unread, total = replace(showing, unread=True, read=False), replace(showing, unread=False, read=False)
    return Counts(*_count(user_id, now, (total, MOST_TOTAL), (unread, MOST_TOTAL)))


# --- statements: what is asked every few seconds by everybody is made once for each filter ----------------------------

_own, _message, _channel = (table_of(model) for model in (UserNotification, Message, Channel))
_SLIM = select(*_own.c["id", "visible_at", "read_at"])
_BEGINS = func.substr(_message.c.body, 1, _LINE_FROM).label("begins")
_SHOWN = joined(_SLIM.add_columns(_own.c.why, _message.c.subject, _BEGINS, _channel.c.name, *SENDER))
_CHANNELS = select(_channel.c.name).order_by(_channel.c.name)
_MINE, _NOW = bindparam("user_id", type_=_own.c.user_id.type), bindparam("now", type_=_own.c.visible_at.type)
_ONE = literal_column("1")
_MOST_KEPT = 64  # filters


@lru_cache(_MOST_KEPT)
def _listing(columns: Select[*tuple[Any, ...]], showing: Showing) -> Select[*tuple[Any, ...]]:
    """The first rows that ``showing`` names, and one more where there is another page; of _MINE and _NOW."""
    return columns.where(*shown(_MINE, showing, _NOW)).order_by(*NEWEST_FIRST).limit(PAGE + 1)


@lru_cache(_MOST_KEPT)
def _counting(*wanted: tuple[Showing, int]) -> Select[*tuple[Any, ...]]:
    """How many each shows, and where each count stops; of _MINE and _NOW."""
    few = (
        select(_ONE).select_from(_own).where(*shown(_MINE, showing, _NOW)).limit(most + 1) for showing, most in wanted
    )
    return select(*(select(func.count()).select_from(some.subquery()).scalar_subquery() for some in few))


def _rows(
    columns: Select[*tuple[Any, ...]],
    *,
    user_id: int,
    showing: Showing,
    now: datetime,
    after: str | None,
    opened: str | None,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The page's rows, and one more where there is another page."""
    past, wanted = behind(after), _listing(columns, showing)
    rows = db.session.execute(wanted.where(*past) if past else wanted, {"user_id": user_id, "now": now}).all()
    if not (showing.unread and opened and is_id(opened)) or any(row.id == opened for row in rows):
        return rows
    # A statement of its own: an OR in the first one would keep it off the index of what is unread.
    kept = db.session.execute(columns.where(*one(user_id, opened, now), *past)).all()
    return sorted([*rows, *kept], key=lambda row: (row.visible_at, row.id), reverse=True)[: PAGE + 1]


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(
        id=row.id,
        sender=sender(row),
        channel=row.name,
        subject=row.subject,
        line=to_line(row.begins),
        why=why_in_short(row.why),
        visible_at=row.visible_at,
        read_at=row.read_at,
    )


def _unread(showing: Showing) -> tuple[tuple[Showing, int], ...]:
    """What is counted as unread: in the whole inbox, and of what the filter shows; and where that count stops."""
    return (Showing(unread=True), MOST_UNREAD), (replace(showing, unread=True), MOST_TOTAL)


def _count(user_id: int, now: datetime, *wanted: tuple[Showing, int]) -> list[Bounded]:
    """How many each shows, in one statement."""
    row = db.session.execute(_counting(*wanted), {"user_id": user_id, "now": now}).one()
    return [Bounded.of(n, most=most) for n, (_, most) in zip(row, wanted, strict=True)]


def _version(rows: Sequence[Row[*tuple[Any, ...]]], *counts: Bounded) -> str:
    """Short, and the same in every process; not a secret, so any hash will do."""
    facts = [[row.id, row.read_at is None] for row in rows], [(count.n, count.more) for count in counts]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
