"""Times and durations as commands take them."""

from datetime import datetime, timedelta
from typing import Any

import click

from webapp.domain.duration import parse_duration


class Duration(click.ParamType[timedelta]):
    """90 (seconds), 10m, 2h, 1d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Fails with a hint at the right form."""
        if isinstance(value, timedelta):
            return value
        try:
            return timedelta(seconds=parse_duration(str(value)))
        except (ValueError, OverflowError):
            self.fail(_hint(value), param, ctx)


class Moment(click.ParamType[datetime]):
    """ISO 8601, such as 2026-03-02T09:00Z."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Fails with a hint at the right form."""
        try:
            return value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"“{value}” is no time: write it as 2026-03-02T09:00Z.", param, ctx)


def in_zone(moment: datetime, now: datetime) -> datetime:
    """A moment; one that was given without a zone is in that of ``now``."""
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _hint(value: Any) -> str:
    return f"“{value}” is no duration: write it as 90 (seconds), 10m, 2h or 1d."
