"""All that a page showed, and nothing that came later: forms carry the moment at which their page was drawn."""

from datetime import UTC, datetime

from flask import request


def drawn_at(field: str, *, now: datetime) -> datetime:
    """The moment that the form's ``field`` says; now, where it says none that is sensible."""
    try:
        at = datetime.fromisoformat(request.form.get(field, ""))
        return min(at.astimezone(UTC), now) if at.tzinfo else now
    except (ValueError, OverflowError):
        return now
