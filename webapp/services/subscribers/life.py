"""The life of a subscriber: switched on and off, removed; and what becomes of its waiting deliveries."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.refusal import Conflict, Refused
from webapp.extensions import db
from webapp.models import by_hand, holding
from webapp.models import subscriber as subscribers
from webapp.models.by_hand import CANCELLABLE
from webapp.models.delivery import Delivery
from webapp.models.roles import Signed
from webapp.models.subscriber import Subscriber
from webapp.services._bench import Bench
from webapp.services._changes import changed_meanwhile
from webapp.services.subscribers import _rows, checks
from webapp.services.subscribers._rows import NEW_VERSIONS, PERSON, checked_why, named, target
from webapp.services.subscribers._view import SubscriberView, show_one

_STEP = 1000  # deliveries that are cancelled in one transaction


class Then(StrEnum):
    """What becomes of the waiting deliveries of a subscriber that is switched off: they are held or cancelled."""

    HOLD = "hold"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class SwitchedOn:
    """A subscriber that was switched on, and how many of its deliveries were released."""

    subscriber: SubscriberView
    released: int


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """A subscriber that was switched off, and how many of its deliveries were held or cancelled."""

    name: str
    held: int = 0
    cancelled: int = 0


def switch_on(*, name: str, why: str = "", by: str, bench: Bench) -> SwitchedOn:
    """Send its deliveries from now on, and release those that were held. If its callback check has not passed, it is
    checked first, outside any transaction.

    Raises Missing; Conflict where it is on already or was changed meanwhile; Refused for the reason; CheckFailed where
    the check fails without one.
    """
    signed_why, seen = checked_why(why), named(db.session, name)
    if seen.active:
        raise Conflict({"subscriber": f"{name} is switched on already."})
    version, known = seen.version, _is_known_good(seen)
    checked = None if known else checks.of_row(seen, waive=why, bench=bench)
    signed = Signed(by, bench.clock.now(), signed_why)
    with writing(db.session) as session:
        row = named(session, name, lock=True)
        if row.version == version and not row.active:
            before = {"off": row.off_why}
            subscribers.switch_on(session, row)
            if checked:
                checks.keep(session, row, checked)
            released = holding.release_subscriber(session, subscriber_id=row.id, now=signed.at, by=by)
            _rows.note(session, name, "subscriber switched on", signed, before=before)
            return SwitchedOn(show_one(session, row, bench.vault), released)
    raise changed_meanwhile(target(name), *NEW_VERSIONS, "subscriber switched on")


def switch_off(*, name: str, then: str = Then.HOLD, why: str = "", by: str, now: datetime) -> SwitchedOff:
    """Send nothing more to it; what is in flight finishes, and what is posted meanwhile waits for it.

    Raises Missing, Refused for an invalid choice or reason, and Conflict where it is switched off already.
    """
    signed, fate = Signed(by, now, checked_why(why)), _fate(then)
    with writing(db.session) as session:
        row = named(session, name, lock=True)
        if not row.active:
            raise Conflict({"subscriber": f"{name} is switched off already."})
        id, held = row.id, hold(session, row, signed, then=fate)
    return SwitchedOff(name, 0, _cancel(id, signed)) if fate is Then.CANCEL else SwitchedOff(name, held)


def hold(session: Session, row: Subscriber, signed: Signed, *, then: Then = Then.HOLD) -> int:
    """Switch one off in the transaction of a caller who has locked it. Returns how many deliveries wait for it now;
    ``then`` is only noted in the audit."""
    subscribers.switch_off(session, row, why=PERSON, now=signed.at, by=signed.by)
    held = holding.strand_subscriber(session, subscriber_id=row.id, now=signed.at, by=signed.by)
    _rows.note(session, row.name, "subscriber switched off", signed, after={"then": then.value})
    return held


def remove(*, name: str, why: str = "", by: str, now: datetime) -> SwitchedOff:
    """Remove a subscriber and delete its secrets. Its waiting deliveries are cancelled; what was sent stays on record
    under its name. Raises Missing, and Refused for the reason."""
    signed = Signed(by, now, checked_why(why))
    with writing(db.session) as session:
        row = named(session, name, lock=True)
        told = {"settings": dict(row.settings), "channels": subscribers.groups(session, row.id).get(row.id, {})}
        subscribers.remove(session, row, now=now)
        _rows.note(session, name, "subscriber removed", signed, before=told)
        id = row.id
    return SwitchedOff(name, 0, _cancel(id, signed))


def _is_known_good(row: Subscriber) -> bool:
    """Whether its last check still counts; not for one that was switched off because of its endpoint."""
    return row.off_why == PERSON and bool(row.health.check_passed or row.health.waived)


def _fate(then: str) -> Then:
    if then not in set(Then):
        raise Refused({"then": f"One of {', '.join(Then)}, please, not “{then[:20]}”."})
    return Then(then)


def _cancel(subscriber_id: int, signed: Signed) -> int:
    """Cancel all that waits, in steps, so that nobody else waits long. What is posted meanwhile is held by the
    engine."""
    states = [state.value for state in CANCELLABLE]
    waits = Delivery.subscriber_id == subscriber_id, Delivery.state.in_(states), Delivery.created_at <= signed.at
    cancelled = 0
    while True:
        with writing(db.session) as session:
            ids = session.scalars(select(Delivery.id).where(*waits).order_by(Delivery.id).limit(_STEP)).all()
            done = by_hand.cancel(session, ids, now=signed.at, by=signed.by)
        cancelled += len(done)
        if not done:
            return cancelled
