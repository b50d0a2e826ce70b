"""Roles: which providers send a medium. One is primary, some are its fallbacks in order, the rest inactive.

Whoever changes a role holds the lock on providers: which one is primary depends on several rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.models.provider import FALLBACK, INACTIVE, PRIMARY, Provider, forgive


@dataclass(frozen=True, slots=True)
class Signed:
    """Who changed a role, when, and why."""

    by: str
    at: datetime
    why: str | None = None


def primary(session: Session, medium: str) -> Provider | None:
    """The provider that sends a medium."""
    return session.scalar(select(Provider).where(Provider.medium == medium, Provider.role == PRIMARY))


def fallbacks(session: Session, medium: str) -> Sequence[Provider]:
    """Those that take over while the primary is paused, the first one first."""
    wanted = select(Provider).where(Provider.medium == medium, Provider.role == FALLBACK)
    return session.scalars(wanted.order_by(Provider.position, Provider.id)).all()


def make_primary(session: Session, provider: Provider, signed: Signed, *, keep: bool = False) -> Provider | None:
    """Make it the provider that sends its medium, with its health reset. Returns the former primary, which is now
    inactive, or with ``keep`` the first fallback."""
    former = primary(session, provider.medium)
    if former:
        _set(former, FALLBACK if keep else INACTIVE, signed)
        session.flush()  # before the new one: there is never more than one
    _set(provider, PRIMARY, signed)
    forgive(session, provider)
    session.flush()
    _number(session, fallbacks(session, provider.medium))
    return former


def make_fallback(session: Session, provider: Provider, signed: Signed) -> None:
    """Make it the last fallback of its medium."""
    order = fallbacks(session, provider.medium)
    _set(provider, FALLBACK, signed)
    forgive(session, provider)
    _number(session, (*order, provider))


def make_inactive(session: Session, provider: Provider, signed: Signed) -> None:
    """Send nothing further by it; what is in flight finishes."""
    _set(provider, INACTIVE, signed)
    session.flush()


def move_up(session: Session, provider: Provider) -> None:
    """Move it one place to the front among the fallbacks; the first one stays where it is."""
    order = list(fallbacks(session, provider.medium))
    place = order.index(provider)
    order.insert(max(place - 1, 0), order.pop(place))
    _number(session, order)


def put_in_order(session: Session, order: Sequence[Provider]) -> None:
    """Order the fallbacks of one medium; ``order`` has all of them."""
    _number(session, order)


def _set(provider: Provider, role: str, signed: Signed) -> None:
    provider.role, provider.position = role, 0
    provider.role_by, provider.role_at, provider.role_why = signed.by, signed.at, signed.why


def _number(session: Session, order: Sequence[Provider]) -> None:
    """Number the fallbacks of a medium from 1."""
    for place, provider in enumerate(order, 1):
        provider.position = place
    session.flush()
