"""The inbox: what has come for one person, newest first. Nobody sees another's."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Row, Select, case, func, literal, literal_column, select

from webapp.domain.bounded import Bounded
from webapp.domain.cursor import Cursor
from webapp.domain.ids import is_id
from webapp.domain.markup import to_line
from webapp.domain.who import Who
from webapp.domain.wording import Sentence, why_in_short
from webapp.extensions import db
from webapp.models.channel import Channel
from webapp.models.message import Message
from webapp.services.inbox._copies import (
    ANYBODY,
    NEWEST_FIRST,
    NOW,
    SENDER,
    Showing,
    behind,
    joined,
    one,
    own,
    sender,
    shown,
)

__all__ = ["Counts", "Entry", "Page", "Showing", "count", "page", "unread", "version"]

PAGE = 25  # rows
MOST_UNREAD, MOST_TOTAL = 99, 10_000  # where counting stops: "99+", "10,000+"
_LINE_FROM = 400  # characters of a body that are read for its one-line excerpt
# Building a statement takes longer than executing it, so the statements for this many filters are cached.
_kept = lru_cache(maxsize=256)
_SLIM = select(own.id, own.visible_at, own.read_at)  # the columns that the version is made of
_WHOLE = joined(
    _SLIM.add_columns(
        *(own.why, Message.subject, func.substr(Message.body, 1, _LINE_FROM).label("begins"), Channel.name, *SENDER)
    )
)
_CHANNELS = select(Channel.name).order_by(Channel.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the list. ``line`` is the body's beginning as plain text; ``why`` is set only where it is unusual."""

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

    ``total`` and ``unread`` count the whole inbox, ``marking`` the unread ones that the filter shows. ``version``
    changes whenever anything on the page does.
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
    """The page of ``user_id`` after the cursor ``after``. Raises Missing for an invalid cursor.

    ``opened`` stays in a list of unread ones after it has been read: it must not vanish under the reader.
    """
    rows = _rows(_WHOLE, user_id=user_id, showing=showing, now=now, after=after, opened=opened)
    unread, marking, total = _count(user_id, now, *_unread(showing), (Showing(), MOST_TOTAL))
    return Page(
        entries=tuple(_entry(row) for row in rows[:PAGE]),
        total=total,
        unread=unread,
        marking=marking,
        older=str(Cursor(rows[PAGE - 1].visible_at, rows[PAGE - 1].id)) if len(rows) > PAGE else None,
        version=_version(_seen(rows), unread, marking),
        channels=tuple(_ask(_CHANNELS).scalars()),
    )


def version(
    *, user_id: int, showing: Showing, now: datetime, after: str | None = None, opened: str | None = None
) -> str:
    """The ``version`` that the page has now, much more cheaply than the page: a browser polls it every few seconds."""
    wanted = _unread(showing)
    if showing.unread and opened:
        rows = _rows(_SLIM, user_id=user_id, showing=showing, now=now, after=after, opened=opened)
        return _version(_seen(rows), *_count(user_id, now, *wanted))
    watching = _watching(showing, wanted, *behind(after)) if after else _watching_first(showing, wanted)
    seen, *counts = _ask(watching, user_id=user_id, now=now).one()
    return _version(seen, *_bounded(counts, wanted))


def unread(*, user_id: int, now: datetime) -> Bounded:
    """How many are unread, counted to 99."""
    return _count(user_id, now, (Showing(unread=True), MOST_UNREAD))[0]


def count(*, user_id: int, showing: Showing, now: datetime) -> Counts:
    """How many notifications ``showing`` names, read or unread, and how many of them are unread; in one statement."""
    unread, total = replace(showing, unread=True, read=False), replace(showing, unread=False, read=False)
    return Counts(*_count(user_id, now, (total, MOST_TOTAL), (unread, MOST_TOTAL)))


def _rows(
    columns: Select[*tuple[Any, ...]],
    *,
    user_id: int,
    showing: Showing,
    now: datetime,
    after: str | None,
    opened: str | None,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The page's rows, plus one where there is a next page."""
    past = behind(after)
    wanted = _newest(columns, showing)
    rows = _ask(wanted.where(*past) if past else wanted, user_id=user_id, now=now).all()
    if not (showing.unread and opened and is_id(opened)) or any(row.id == opened for row in rows):
        return rows
    # A statement of its own: an OR in the first one would keep it off the index of unread copies.
    kept = _ask(columns.where(*one(user_id, opened, now), *past)).all()
    return sorted([*rows, *kept], key=lambda row: (row.visible_at, row.id), reverse=True)[: PAGE + 1]


@_kept
def _newest(columns: Select[*tuple[Any, ...]], showing: Showing) -> Select[*tuple[Any, ...]]:
    return columns.where(*shown(ANYBODY, showing, NOW)).order_by(*NEWEST_FIRST).limit(PAGE + 1)


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
    """The unread counts: of the whole inbox and of what the filter shows, each with the number at which counting
    stops."""
    return (Showing(unread=True), MOST_UNREAD), (replace(showing, unread=True), MOST_TOTAL)


def _watching(
    showing: Showing, wanted: tuple[tuple[Showing, int], ...], *past: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """The page's version data and its counts, aggregated by the database: fetching dozens of rows only to compare them
    took longer than everything else."""
    rows = _newest(_SLIM, showing).where(*past).subquery()
    each = rows.c.id.concat(case((rows.c.read_at.is_(None), _UNREAD), else_=""))
    seen = select(func.coalesce(func.aggregate_strings(each, _AND_WRITTEN), "")).select_from(rows)
    return select(seen.scalar_subquery(), *_counting(wanted).selected_columns)


_watching_first = _kept(_watching)
_UNREAD, _AND = "*", " "  # the suffix of an unread id, and the separator between two ids
_AND_WRITTEN: Any = literal_column(f"'{_AND}'")  # a literal: a parameter would be processed at each poll


def _seen(rows: Sequence[Row[*tuple[Any, ...]]]) -> str:
    return _AND.join(row.id + (_UNREAD if row.read_at is None else "") for row in rows)


def _count(user_id: int, now: datetime, *wanted: tuple[Showing, int]) -> list[Bounded]:
    """The count of each ``wanted`` one, in one statement."""
    return _bounded(_ask(_counting(wanted), user_id=user_id, now=now).one(), wanted)


def _bounded(counts: Sequence[int], wanted: tuple[tuple[Showing, int], ...]) -> list[Bounded]:
    return [Bounded.of(n, most=most) for n, (_, most) in zip(counts, wanted, strict=True)]


@_kept
def _counting(wanted: tuple[tuple[Showing, int], ...]) -> Select[*tuple[Any, ...]]:
    return select(*(_counted(showing, most).scalar_subquery() for showing, most in wanted))


def _counted(showing: Showing, most: int) -> Select[int]:
    few = select(literal(1)).select_from(own).where(*shown(ANYBODY, showing, NOW)).limit(most + 1).subquery()
    return select(func.count()).select_from(few)


def _ask(statement: Select[*tuple[Any, ...]], **values: Any) -> CursorResult[Any]:
    """Execute on the connection itself: the ORM adds nothing for plain columns and takes as long as the database."""
    return db.session.connection().execute(statement, values)


def _version(seen: str, *counts: Bounded) -> str:
    """Short, and the same in every process; not a secret, so any hash will do."""
    facts = seen, [(count.n, count.more) for count in counts]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
