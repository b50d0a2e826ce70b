"""Claiming deliveries: those that are due, and those that a dead or frozen process still holds."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from webapp.delivery import groups
from webapp.delivery._cut_short import cut_short
from webapp.delivery._moving import Changes
from webapp.delivery.ambiguity import release_laid_out
from webapp.delivery.lot import EngineSettings, Kind, Written
from webapp.delivery.routes import Route
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.medium import FOR_PEOPLE, Medium
from webapp.domain.reason import Reason
from webapp.models import arrows, claims, holding
from webapp.models._ids import new_id
from webapp.models.arrows import Change
from webapp.models.claims import Claim
from webapp.models.envelope import add_attempts
from webapp.models.job import orders
from webapp.models.leases import Lane, Leased, Lost, lost

CRASHES_ALLOWED = 3  # a message that was in flight when so many processes died is taken to be the cause
_SWEPT_AT_ONCE = 500
_EXPIRED_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was claimed. ``envelopes`` counts by lane how many envelopes it makes at most, since deliveries that go out
    together are one for their provider. ``not_yet``: nothing was claimed, because another process is claiming just
    now."""

    leased: list[Leased] = field(default_factory=list)
    envelopes: Counter[Lane] = field(default_factory=Counter)
    not_yet: bool = False

    def beside(self, other: "Claimed") -> "Claimed":
        """This claim together with one of other lanes."""
        return Claimed(self.leased + other.leased, self.envelopes + other.envelopes)


def claim(
    session: Session,
    kind: Kind,
    *,
    due: datetime,
    now: datetime,
    until: datetime,
    limit: int,
    busy: set[Lane],
    shares: Mapping[str, int],
    in_use: Collection[Lane],
) -> Claimed:
    """Claim what was due at ``due``, under one lease until ``until``: at most ``limit`` of each medium, nothing of
    ``busy`` lanes, and of a medium that has a share at most that many.

    Beyond the limit, what goes out together with a claimed delivery is claimed with it: all that waits in its envelope,
    or what else is due of its group. These have a bound of their own; envelopes and groups beyond it are not claimed.
    Only a group that is larger than the bound by itself is split; its rest goes out later.

    A delivery that was in flight when a process died is claimed by itself, and only for a lane that is not ``in_use``;
    after a second death, only while no lane is. So only a message that really kills processes is counted as one that
    does.
    """
    if kind is Kind.FRESH and not claims.may_claim_first_tries(session):
        return Claimed(not_yet=True)
    made = Claim(due=due, now=now, token=new_id(now), until=until, by=kind)
    asked = list(_asked(limit, busy, shares))
    claimed = _in_groups(session, asked, made) if kind is Kind.FRESH else _in_envelopes(session, asked, made)
    used = {*in_use, *claimed.envelopes}
    waits = {medium for medium, share in shares.items() if not share}
    was = S.QUEUED if kind is Kind.FRESH else S.RETRYING
    crashed = claims.claim_crashed(session, was, made, alone=not used, busy=used | waits)
    return claimed.beside(_by_envelope(crashed))


def _asked(limit: int, busy: set[Lane], shares: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """The claims to make: one for all subscribers, and one for each medium that people are sent by. However much is due
    in one of them, it does not delay the others."""
    if not limit:
        return
    yield {"limit": limit, "only": Medium.WEBHOOK.value, "busy": busy}
    for medium in FOR_PEOPLE:
        if medium not in busy and (most := min(shares.get(medium, limit), limit)):
            yield {"limit": most, "only": medium}


def _in_groups(session: Session, asked: Sequence[Mapping[str, Any]], made: Claim) -> Claimed:
    """Claim first what goes out by itself, then whole groups."""
    found = [one for wish in asked for one in claims.seek(session, made, **wish)]
    theirs = list(map(groups.group_of, found))
    grouped = groups.together(session, set(theirs))
    single = [one for one, group in zip(found, theirs, strict=True) if group not in grouped]
    claims.claim_found(session, single, made)
    whole = claims.claim_groups(session, dict.fromkeys(group for group in theirs if group in grouped), made)
    by_itself = _counted(single, partial(groups.key_of, together=False))
    return by_itself.beside(_counted(whole, partial(groups.key_of, together=True)))


def _in_envelopes(session: Session, asked: Sequence[Mapping[str, Any]], made: Claim) -> Claimed:
    return _by_envelope([one for wish in asked for one in claims.claim(session, S.RETRYING, made, **wish)])


def _by_envelope(found: list[Leased]) -> Claimed:
    return _counted(found, lambda one: one.envelope_id or one.id)


def _counted(found: list[Leased], key: Callable[[Leased], object]) -> Claimed:
    return Claimed(found, Counter(lane for lane, _ in {(one.lane, key(one)) for one in found}))


def crashed_wait(session: Session, *, now: datetime, lease: timedelta, busy: Collection[Lane] = ()) -> dict[Lane, int]:
    """Lanes, none of them ``busy``, in which a crashed delivery has been due for longer than a lease; each with the
    highest number of crashes there. Under steady load no moment ever comes by itself in which nothing else is in
    hand."""
    return claims.crashed_are_due(session, before=now - lease, busy=busy)


def sweep(
    session: Session, *, now: datetime, settings: EngineSettings, process: str, routes: Mapping[str, Route]
) -> Written:
    """Resolve expired leases, cancel what has outlived its time to live, and release what is held without need.

    Where sending had not begun, it costs nothing. Where it had, the delivery is tried again with the same envelope if
    the channel says at least once (a receiver may get a copy, with the same id), and left to a person if it says at
    most once.
    """
    changes, died = Changes(), []
    for one in lost(session, now=now, lease=timedelta(seconds=settings.lease_s), limit=_SWEPT_AT_ONCE):
        state, change = _resolution(one, now)
        changes.add(state, "sweep", change)
        if one.started_at:
            held = one.delivery
            died.append(
                cut_short(held, held.envelope_id, since=one.started_at, now=now, trigger="sweep", process=process)
            )
    add_attempts(session, died)
    written = changes.move(session, now=now)
    expired = arrows.expire(session, now=now, by="sweep", limit=_EXPIRED_AT_ONCE)
    written.ids[S.CANCELLED] += expired
    written.tally["sweep", S.CANCELLED] += len(expired)
    ordered = orders(session, now)
    kinds = [kind for kind in Kind if not (kind in ordered and ordered[kind].paused)]
    for medium, route in routes.items():
        _release(session, medium, route, kinds, now)
    release_laid_out(session, now=now, by="sweep")
    holding.release_subscribers(session, now=now, by="sweep")
    return written


def _release(session: Session, medium: str, route: Route, kinds: Collection[Kind], now: datetime) -> None:
    """Release what was held too late: it was decided on just before somebody could send again, and held only after the
    others had been released. And release one envelope as a probe for a provider whose rest is over, of those ``kinds``
    that are not paused."""
    release = partial(holding.release, session, medium=medium, now=now, by="sweep")
    release(reason=Reason.NO_PROVIDER)
    if route.sender(now):
        release(reason=Reason.PROVIDER_PAUSED)
    elif route.probes(now):
        states = [S.QUEUED if kind is Kind.FRESH else S.RETRYING for kind in kinds]
        together = partial(groups.together, session)
        holding.release_probe(session, medium=medium, into=states, now=now, by="sweep", together=together)


def _resolution(gone: Lost, now: datetime) -> tuple[S, Change]:
    leased = gone.delivery
    if not gone.started_at:
        return (S.RETRYING if leased.envelope_id else S.QUEUED), Change(leased)
    if gone.at_most_once:
        return S.UNKNOWN, Change(leased, Reason.PROCESS_DIED)
    crashes = leased.crashes + 1
    values = {
        "crashes": crashes,
        "last_error": f"The process that was sending it died ({crashes} of {CRASHES_ALLOWED}).",
    }
    if crashes >= CRASHES_ALLOWED:
        return S.UNDELIVERABLE, Change(leased, Reason.PROCESS_DIED, values)
    return S.RETRYING, Change(leased, Reason.PROCESS_DIED, values | {"due_at": now})
