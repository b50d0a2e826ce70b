"""Taking hold of deliveries: those that are due, and those that a dead or frozen process has let go of."""

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

CRASHES_ALLOWED = 3  # a message that was in flight at so many deaths is taken to be their cause
_SWEPT_AT_ONCE = 500
_EXPIRED_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was claimed, and how many ``envelopes`` of each lane that will be at most: what goes out together is one for
    its provider. ``not_yet``: nothing, because another process claims just now."""

    leased: list[Leased] = field(default_factory=list)
    envelopes: Counter[Lane] = field(default_factory=Counter)
    not_yet: bool = False

    def beside(self, other: "Claimed") -> "Claimed":
        """With what was claimed of other lanes."""
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
    """At most ``limit`` of each medium that were due at ``due``, under one lease until ``until``; none of ``busy``
    lanes, and of the media that have a share, so many at most.

    With them comes, beyond the limit, what goes out together with them: all that waits in the same envelopes, and what
    else is due of the same groups. Of either a bounded number of deliveries at once: envelopes and groups beyond that
    are not claimed. None is torn for that but a group which by itself is larger; its rest goes out later.

    One that was in flight when a process died is claimed by itself, and only for a lane that is not ``in_use``; after
    a second death only where none is, so that only a message that really kills processes is counted as one.
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
    """What is asked for: subscribers, and each medium that people are sent by. However much is due in one of them, it
    is not in the way of the others."""
    if not limit:
        return
    yield {"limit": limit, "only": Medium.WEBHOOK.value, "busy": busy}
    for medium in FOR_PEOPLE:
        if medium not in busy and (most := min(shares.get(medium, limit), limit)):
            yield {"limit": most, "only": medium}


def _in_groups(session: Session, asked: Sequence[Mapping[str, Any]], made: Claim) -> Claimed:
    """First what is by itself, then whole groups."""
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
    """The lanes, none of them ``busy``, in which one that crashed has been due for longer than a lease, with the most
    crashes of one of them: under steady load there never is a moment in which nothing else is in hand."""
    return claims.crashed_are_due(session, before=now - lease, busy=busy)


def sweep(
    session: Session, *, now: datetime, settings: EngineSettings, process: str, routes: Mapping[str, Route]
) -> Written:
    """Resolve leases that have expired, cancel what has outlived its time, and free what waits without need.

    What had not been handed over costs nothing. What had is tried again with the same envelope where the channel says
    at least once (a receiver may get a copy, with the same id), and is left to a person where it says at most once.
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
    """What was decided just before somebody could send again, and held only after that had released the others;
    and one for a provider whose rest is over, of those ``kinds`` that are sent at all."""
    release = partial(holding.release, session, medium=medium, now=now, by="sweep")
    release(reason=Reason.NO_PROVIDER)
    if route.fit(now):
        release(reason=Reason.PROVIDER_PAUSED)
    elif route.probes(now):
        states = [S.QUEUED if kind is Kind.FRESH else S.RETRYING for kind in kinds]
        holding.release_probe(session, medium=medium, into=states, now=now, by="sweep")


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
