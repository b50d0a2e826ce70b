"""Snapshots: an act covers what its page showed and nothing later, so forms carry the time at which the page was
drawn."""

from datetime import UTC, datetime

from flask import request


def drawn_at(field: str, *, now: datetime) -> datetime:
    """The moment in the form's ``field``; now, where that is missing or makes no sense."""
    try:
        at = datetime.fromisoformat(request.form.get(field, ""))
        return min(at.astimezone(UTC), now) if at.tzinfo else now
    except (ValueError, OverflowError):
        return now
