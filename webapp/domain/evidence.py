"""Evidence: what a decision rested on beyond its reason, read from its stored record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from webapp.domain.digest import Digest
from webapp.domain.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Whatever is not known is None, or empty.

    ``muted``: what the person muted, ``sender`` or ``channel``; ``until``: when that mute, their quiet hours or the
    provider's rest ends. ``instead_of``: what it would have waited for, had it not expired by then. ``off``: who or
    what switched the subscriber off: ``person``, ``gone`` or ``failing``; ``off_since``: when.
    """

    muted: str | None = None
    until: datetime | None = None
    read_at: datetime | None = None
    digest: Digest | None = None
    zone: str = ""
    unread_for: timedelta | None = None
    formatters: str = ""
    provider: str = ""
    instead_of: Reason | None = None
    off: str = ""
    off_since: datetime | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any] | None, reason: str | None) -> "Evidence":
        """What the record of the last decision says about ``reason``; NOTHING where that decision had another
        reason."""
        if not record or not reason or record.get("reason") != reason:
            return NOTHING
        said: Mapping[str, Any] = record.get("evidence") or {}
        return cls(
            muted=said.get("muted"),
            until=_moment(said.get("until")),
            read_at=_moment(said.get("read")),
            digest=Digest.read(said["digest"]) if said.get("digest") else None,
            zone=said.get("zone") or "",
            unread_for=timedelta(seconds=said["unread for"]) if said.get("unread for") else None,
            formatters=said.get("formatters") or "",
            provider=said.get("provider") or "",
            instead_of=Reason(said["would wait for"]) if said.get("would wait for") else None,
            off=said.get("off") or "",
            off_since=_moment(said.get("off since")),
        )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


NOTHING = Evidence()
