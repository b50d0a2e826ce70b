"""All preferences of a person at once, for programs."""

from dataclasses import dataclass
from datetime import datetime

from webapp.database import reading
from webapp.domain.quiet_hours import QuietHours
from webapp.extensions import db
from webapp.services.preferences import grid, mutes, times
from webapp.services.preferences.grid import Row
from webapp.services.preferences.mutes import Muted


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """``tz`` is the person's zone. ``unread_after_s`` is None for e-mail at once. ``rows`` are the channels, ``mutes``
    what is muted now, the latest first."""

    tz: str
    unread_after_s: int | None
    hours: tuple[QuietHours, ...]
    rows: tuple[Row, ...]
    mutes: tuple[Muted, ...]


def get(*, user_id: int, username: str, now: datetime) -> Preferences:
    """What one person has said. Raises Missing."""
    with reading(db.session):
        kept, shown = times.get(username=username), grid.get(user_id=user_id, now=now)
        muted = mutes.listed(username=username, now=now)
    return Preferences(
        tz=kept.tz, unread_after_s=kept.unread_after_s, hours=kept.hours, rows=shown.rows, mutes=tuple(muted)
    )
