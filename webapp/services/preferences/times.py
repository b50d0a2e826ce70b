"""When a person wants to be sent anything: their quiet hours, and e-mail only for what stays unread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.quiet_hours import DAYS, QuietHours, is_endless
from webapp.domain.refusal import Missing, refuse_if
from webapp.extensions import db
from webapp.models import audit, waits, wishes
from webapp.models import user as users
from webapp.models.user import User

MOST_A_DAY = 4  # quiet ranges per day
LONGEST_UNREAD_S = 7 * 86400
_MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True)
class Day:
    """A weekday (0 is Monday) with the quiet hours that begin on it. ``quiet`` are all its quiet ranges, including the
    rest of the night before: from and to, in minutes after midnight."""

    weekday: int
    hours: tuple[QuietHours, ...]
    quiet: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Times:
    """``tz`` is the person's zone. ``unread_after_s`` is None for e-mail at once."""

    tz: str
    unread_after_s: int | None
    days: tuple[Day, ...]

    @property
    def hours(self) -> tuple[QuietHours, ...]:
        """The whole week's."""
        return tuple(one for day in self.days for one in day.hours)


def get(*, username: str) -> Times:
    """What one person chose. Raises Missing."""
    person = _named(db.session, username)
    return Times(person.tz, person.unread_after_s, week(wishes.quiet_hours(db.session, person.id)))


def week(hours: Sequence[QuietHours]) -> tuple[Day, ...]:
    """These hours, day by day."""
    return tuple(
        Day(number, tuple(one for one in sorted(hours) if one.weekday == number), _merged(_parts(hours, number)))
        for number in range(len(DAYS))
    )


def keep_quiet(*, username: str, hours: Sequence[QuietHours], now: datetime) -> tuple[QuietHours, ...]:
    """Replace the quiet hours and return the former ones. Raises Missing, and Refused where they leave no time at all
    or are too many on one day."""
    refuse_if({"hours": _problem(hours)})
    with writing(db.session) as session:
        person = _named(session, username)
        before, after = wishes.quiet_hours(session, person.id), tuple(sorted(set(hours)))
        if before != after:
            wishes.put_quiet_hours(session, user_id=person.id, hours=after)
            if set(before) - set(after):
                waits.decide_again_for(session, user_id=person.id, now=now)
            was, is_now = ([str(one) for one in hours] for hours in (before, after))
            _note(session, person, "quiet hours", before=was, after=is_now, now=now)
        return before


def mail_unread(*, username: str, after_s: int | None, now: datetime) -> int | None:
    """Send e-mail only for what is still unread after so many seconds; None: at once. Returns the former value. Raises
    Missing and Refused."""
    sound = after_s is None or 60 <= after_s <= LONGEST_UNREAD_S
    refuse_if({"after": None if sound else "From 1 minute to 7 days, please; or nothing, for e-mail at once."})
    with writing(db.session) as session:
        person = _named(session, username)
        before = person.unread_after_s
        if before != after_s:
            person.unread_after_s = after_s
            if before and (after_s or 0) < before:
                waits.decide_again_for(session, user_id=person.id, now=now)
            _note(session, person, "unread_after_s", before=before, after=after_s, now=now)
        return before


def _problem(hours: Sequence[QuietHours]) -> str | None:
    if is_endless(hours):
        return "These leave no minute in the week in which anything could be sent. Leave at least one free."
    if any(len(day.hours) > MOST_A_DAY for day in week(tuple(set(hours)))):
        return f"At most {MOST_A_DAY} for one day, please."
    return None


def _parts(hours: Sequence[QuietHours], weekday: int) -> list[tuple[int, int]]:
    """The parts of these hours on one day; a night has its evening on its own day and its morning on the next."""
    parts: list[tuple[int, int]] = []
    for one in hours:
        starts, ends = _minutes(one.starts), _minutes(one.ends)
        overnight = ends <= starts
        if one.weekday == weekday:
            parts.append((starts, _MIDNIGHT if overnight else ends))
        if overnight and ends and (one.weekday + 1) % len(DAYS) == weekday:
            parts.append((0, ends))
    return sorted(parts)


def _merged(parts: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The ranges, with those that overlap or touch merged."""
    merged: list[tuple[int, int]] = []
    for starts, ends in parts:
        if merged and starts <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], ends)
        else:
            merged.append((starts, ends))
    return tuple(merged)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _named(session: Session, username: str) -> User:
    if (person := users.named(session, username)) is None:
        raise Missing({"username": "There is no such person."})
    return person


def _note(session: Session, person: User, what: str, *, before: Any, after: Any, now: datetime) -> None:
    """Note in the audit that ``what`` has changed."""
    target = f"user:{person.username}"
    was, is_now = {what: before}, {what: after}
    audit.note(session, at=now, who=person.username, what=f"{what} changed", target=target, before=was, after=is_now)
