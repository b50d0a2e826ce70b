"""The life of a provider: made primary or fallback, made inactive, removed; and what then becomes of what waits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from webapp.database import reading, writing
from webapp.domain import signals
from webapp.domain.alert import no_provider
from webapp.domain.bounded import NOTHING, Bounded
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.refusal import Conflict, Refused
from webapp.extensions import db
from webapp.models import audit, roles
from webapp.models import provider as providers
from webapp.models.by_hand import CANCELLABLE
from webapp.models.delivery import Delivery
from webapp.models.provider import Provider
from webapp.models.roles import FALLBACK, INACTIVE, PRIMARY, Signed
from webapp.services.providers import _casting
from webapp.services.providers._numbers import waiting
from webapp.services.providers._rows import checked_why, named, target
from webapp.services.providers._view import ProviderView, show_one
from webapp.services.queue import queue
from webapp.vault import Vault

_STEP = 1000  # deliveries that are cancelled in one transaction
_BEHIND = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.RETRYING, DeliveryState.SENDING)
_WAIT = text("state IN ('queued', 'held', 'retrying')")  # in the words of the partial index, so that it is used


class Then(StrEnum):
    """What becomes of the deliveries that wait for a primary that goes: they are held for the next one, move to the
    first fallback, which becomes primary, or are cancelled."""

    HOLD = "hold"
    MOVE = "move"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The deliveries behind a provider, counted to 10,000; none unless it is primary. ``expires_at`` is when the first
    of them expires; ``fallback`` is the one that they could move to."""

    waiting: Bounded = NOTHING
    retrying: Bounded = NOTHING
    in_flight: Bounded = NOTHING
    expires_at: datetime | None = None
    fallback: str | None = None

    @property
    def left(self) -> Bounded:
        """The number of deliveries to decide about."""
        return self.waiting + self.retrying


@dataclass(frozen=True, slots=True)
class Activated:
    """A provider that was activated, the former primary with its new role, and how many deliveries were released."""

    provider: ProviderView
    former: str | None
    former_role: str | None
    released: int


@dataclass(frozen=True, slots=True)
class Gone:
    """A provider that no longer sends, the one that sends its medium now, and how many deliveries were cancelled."""

    name: str
    medium: str
    successor: str | None = None
    cancelled: int = 0


# --- looking ------------------------------------------------------------------------------------------------------


def primary_of(*, medium: str) -> str | None:
    """The medium's primary, which another one would replace."""
    found = roles.primary(db.session, medium)
    return found.name if found else None


def behind(*, name: str) -> Behind:
    """What would have to be decided if it were deactivated now. Raises Missing."""
    row = named(db.session, name)
    if row.role != PRIMARY:
        return Behind()
    counts = waiting(_BEHIND, [row.medium])
    queued, held, retrying, in_flight = (counts[row.medium, state] for state in _BEHIND)
    soonest = select(Delivery.expires_at).where(_WAIT, Delivery.medium == row.medium).order_by(Delivery.expires_at)
    first = roles.fallbacks(db.session, row.medium)[:1]
    return Behind(
        waiting=queued + held,
        retrying=retrying,
        in_flight=in_flight,
        expires_at=db.session.scalar(soonest.limit(1)),
        fallback=first[0].name if first else None,
    )


# --- coming -------------------------------------------------------------------------------------------------------


def activate(
    *, name: str, keep_as_fallback: bool = False, why: str = "", by: str, now: datetime, vault: Vault
) -> Activated:
    """Make it the primary of its medium, and release what was held. The former primary becomes inactive, or the first
    fallback.

    Raises Missing, Refused for the reason, and Conflict where it is primary already.
    """
    signed = Signed(by, now, checked_why(why))
    with writing(db.session) as session:
        row = _locked(session, name)
        if row.role == PRIMARY:
            raise Conflict({"provider": f"{name} is active already."})
        former, released = _casting.make_primary(session, row, signed, keep=keep_as_fallback)
        former_role = former.role if former else None
        return Activated(show_one(row, vault), former.name if former else None, former_role, released)


def add_fallback(*, name: str, why: str = "", by: str, now: datetime, vault: Vault) -> Activated:
    """Let it take over while the primary is paused, as the last of the fallbacks.

    Raises Missing, Refused for the reason or where there is no primary, and Conflict where it is active already.
    """
    signed = Signed(by, now, checked_why(why))
    with writing(db.session) as session:
        row = _locked(session, name)
        if row.role != INACTIVE:
            raise Conflict({"provider": f"{name} is active already, as {row.role}."})
        if roles.primary(session, row.medium) is None:
            raise Refused({"provider": f"Nothing is primary for {row.medium}: activate {name} instead."})
        released = _casting.make_fallback(session, row, signed)
        return Activated(show_one(row, vault), None, None, released)


def move_up(*, name: str, by: str, now: datetime) -> None:
    """Move it one place forward among the fallbacks. Raises Missing, and Conflict where it is not a fallback."""
    with writing(db.session) as session:
        row = _locked(session, name)
        if row.role != FALLBACK:
            raise Conflict({"provider": f"{name} is not a fallback."})
        before = {"place": str(row.position)}
        roles.move_up(session, row)
        signed, after = Signed(by, now), {"place": str(row.position)}
        if before != after:
            _casting.note(session, row, "provider moved up", signed, before=before, after=after)


# --- going --------------------------------------------------------------------------------------------------------


def deactivate(*, name: str, then: str = Then.HOLD, why: str = "", by: str, now: datetime) -> Gone:
    """Send nothing more by it; what is in flight finishes. For a primary, ``then`` says what becomes of what waits; if
    that goes on waiting, the administrators are alerted.

    Raises Missing, Refused for an invalid choice or reason, and Conflict where it is inactive already.
    """

    def leave(session: Session, row: Provider, signed: Signed, then: Then | None) -> None:
        if row.role == INACTIVE:
            raise Conflict({"provider": f"{name} is inactive already."})
        _casting.make_inactive(session, row, signed, then=then or "")

    return _gone(name, then, Signed(by, now, checked_why(why)), leave)


def remove(*, name: str, then: str = Then.HOLD, why: str = "", by: str, now: datetime) -> Gone:
    """Remove a provider, whatever its state, and delete its secrets. Its tries stay on record, what is in flight
    finishes, and ``then`` is as for ``deactivate``. Raises Missing, and Refused for an invalid choice or reason."""

    def leave(session: Session, row: Provider, signed: Signed, then: Then | None) -> None:
        told = {"kind": row.kind, "medium": row.medium, "role": row.role, "settings": row.settings}
        after = {"then": then.value} if then else None
        roles.make_inactive(session, row, signed)
        providers.remove(session, row, now=now)
        audit.note(
            session, at=now, who=by, what="provider removed", target=target(name), before=told, after=after,
            reason=signed.why,
        )  # fmt: skip

    return _gone(name, then, Signed(by, now, checked_why(why)), leave)


def _gone(
    name: str, then: str, signed: Signed, leave: Callable[[Session, Provider, Signed, Then | None], None]
) -> Gone:
    """The common part of ``deactivate`` and ``remove``. Cancelling may take long, so it runs afterwards, in
    transactions of its own."""
    if then not in set(Then):
        raise Refused({"then": f"One of {', '.join(Then)}, please, not “{then[:20]}”."})
    successor, stranded = None, 0
    with writing(db.session) as session:
        row = _locked(session, name)
        medium, fate = row.medium, Then(then) if row.role == PRIMARY else None
        leave(session, row, signed, fate)
        if fate is None and then != Then.HOLD:
            raise Refused({"then": f"Nothing waits for {name}: it is not primary."})
        if fate is Then.MOVE:
            successor = _successor(session, medium, signed)
        elif fate:  # hold also what is cancelled next, so that less of it is claimed meanwhile
            stranded = _casting.strand(session, medium, signed)
    if stranded and fate is Then.HOLD:
        signals.tell(signals.alerted, alert=no_provider(medium))
    return Gone(name, medium, successor, _cancel(medium, signed) if fate is Then.CANCEL else 0)


def _successor(session: Session, medium: str, signed: Signed) -> str:
    """Make the first fallback primary. Raises Refused where there is none."""
    if not (waiting := roles.fallbacks(session, medium)):
        raise Refused({"then": f"There is no fallback for {medium} that it could move to."})
    _casting.make_primary(session, waiting[0], signed)
    return waiting[0].name


def _cancel(medium: str, signed: Signed) -> int:
    """Cancel all of a medium that waits, in steps, so that nobody else waits long. It includes deliveries that the
    engine claims and then holds between two steps. What is posted meanwhile is held."""
    states = [state.value for state in CANCELLABLE]
    waits = Delivery.medium == medium, Delivery.state.in_(states), Delivery.created_at <= signed.at
    cancelled = 0
    while True:
        with reading(db.session) as session:
            ids = session.scalars(select(Delivery.id).where(*waits).order_by(Delivery.id).limit(_STEP)).all()
        done = queue.cancel(ids=ids, by=signed.by, now=signed.at).done
        cancelled += len(done)
        if not done:
            return cancelled


def _locked(session: Session, name: str) -> Provider:
    """The row, locked against all changes of providers until this transaction ends."""
    providers.lock(session)
    return named(session, name)
