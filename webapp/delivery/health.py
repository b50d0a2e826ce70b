"""What tries show about providers: one that cannot deliver is paused and its deliveries are held; later they are
released."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeGuard

from sqlalchemy.orm import Session

from webapp.delivery.lot import LONGEST_ERROR, Account, Ended, Finished
from webapp.delivery.routes import Route, media_routes
from webapp.domain.alert import Alert, provider_paused, provider_rests
from webapp.domain.breaker import ProviderStanding, Shown, blames_provider, judge
from webapp.domain.envelope import Accepted
from webapp.domain.reason import Reason
from webapp.models import holding, usage
from webapp.models.provider import last_errors, note_health, standing

_LONG_REST_S = 60.0  # administrators hear of a stand-in only for a longer rest
_BREAKER = "breaker"  # who moves what waits for a provider that is paused, or no longer is


def write_health(
    session: Session, ended: Sequence[Ended], *, routes: Mapping[str, Route], now: datetime
) -> list[Alert]:
    """Write down what the lot has shown about its providers, and hold or release what waits for them. Returns the
    alerts for administrators. ``routes`` are as they were before.

    Call it last in the transaction: every process writes these few rows, and all lock them in the same order: first the
    providers' health, then their hours.
    """
    finished = [done for done in ended if isinstance(done, Finished) and done.ready.account.provider_id]
    tried = {(done.ready.account.id, done.ready.account.version): done.ready.account for done in finished}
    usage.lock(session, {id for id, _version in tried})
    alerts, changed = [], dict(routes)
    for _, account in sorted(tried.items()):
        mine = [done for done in finished if done.ready.account == account]
        alerts += _note(session, account, mine, changed, now)
    return alerts


def still_so(session: Session, now: datetime) -> list[Alert]:
    """The alerts that still apply to the providers as they stand."""
    errors = last_errors(session)
    return [
        alert
        for route in media_routes(session).values()
        for one in route.accounts
        for alert in _told(one, one.stands, route=route, now=now, error=errors.get(one.id, ""))
    ]


def foreseen(routes: Mapping[str, Route], ended: Sequence[Ended], now: datetime) -> dict[str, Route]:
    """The routes as they stand after what has ended, before ``write_health`` has written it: a provider that has just
    failed must not be handed more."""
    return {medium: route.each(partial(_after, ended=ended, now=now)) for medium, route in routes.items()}


def in_vain(routes: Mapping[str, Route], finished: Sequence[Finished], now: datetime) -> set[str]:
    """Ids of the envelopes whose provider was paused already when their try ended, if only by tries that ended before
    theirs: what is in flight together fails together."""
    stands = {account.key: account.stands for route in routes.values() for account in route.accounts}
    found = set()
    for done in finished:
        if was := stands.get(done.ready.account.key):
            found |= {done.ready.envelope.id} if was.paused_reason else set()
            stands[done.ready.account.key] = judge(was, [shown(done)], now)
    return found


def _after(account: Account, *, ended: Sequence[Ended], now: datetime) -> Account:
    tries = [shown(one) for one in ended if _is_try_of(one, account)]
    if not tries:
        return account
    stands = judge(account.stands, tries, now)
    taken = any(isinstance(shown.outcome, Accepted) for shown in tries)
    return replace(account, stands=stands, proven=not stands.paused_reason and (account.proven or taken))


def _is_try_of(ended: Ended, account: Account) -> TypeGuard[Finished]:
    return isinstance(ended, Finished) and ended.ready.account == account


def _note(
    session: Session, account: Account, tries: Sequence[Finished], routes: dict[str, Route], now: datetime
) -> list[Alert]:
    good = [done.result.ended_at for done in tries if isinstance(done.result.outcome, Accepted)]
    bad = [done for done in tries if blames_provider(done.result.outcome)]
    usage.count_tries(session, provider_id=account.id, at=now, accepted=len(good), failed=len(bad))
    was = standing(session, provider_id=account.id, version=account.version)
    if was is None:  # edited meanwhile: these tries say nothing of its new settings
        return []
    stands = judge(was, map(shown, tries), now)
    error = bad[-1].result.reply[:LONGEST_ERROR] if bad else None
    note_health(
        session,
        provider_id=account.id,
        stands=stands,
        success_at=max(good, default=None),
        error=error,
        error_at=bad[-1].result.ended_at if bad else None,
    )
    route = routes.get(account.medium)
    if route is None or account not in route.accounts:  # others send what waits, or nobody does
        return []
    routes[account.medium] = route = route.each(lambda one: replace(one, stands=stands) if one == account else one)
    return _follow(session, account, was, stands, route=route, now=now, error=error or "")


def _follow(
    session: Session,
    account: Account,
    was: ProviderStanding,
    stands: ProviderStanding,
    *,
    route: Route,
    now: datetime,
    error: str,
) -> list[Alert]:
    """Hold what waits where no provider is fit any more; release it where one is again."""
    told = _told(account, stands, route=route, now=now, error=error)
    if bool(was.paused_reason) is bool(stands.paused_reason):
        return [] if was.paused_reason or was.must_wait(now) else told
    if route.sender(now):
        holding.release(session, medium=account.medium, reason=Reason.PROVIDER_PAUSED, now=now, by=_BREAKER)
    elif stands.paused_reason:
        holding.strand(session, medium=account.medium, reason=Reason.PROVIDER_PAUSED, now=now, by=_BREAKER)
    return told if stands.paused_reason else []


def _told(account: Account, stands: ProviderStanding, *, route: Route, now: datetime, error: str) -> list[Alert]:
    """The alerts about a provider that stands like this."""
    sender, until = route.sender(now), stands.until(now)
    if stands.paused_reason:
        return [provider_paused(account.id, account.name, error, stand_in=sender.name if sender else None)]
    rest_s = (until - now).total_seconds() if until else 0.0
    if sender and rest_s > _LONG_REST_S and account in route.accounts[: route.accounts.index(sender)]:
        return [provider_rests(account.id, account.name, error, for_s=rest_s, stand_in=sender.name)]
    return []


def shown(done: Finished) -> Shown:
    """What one try says of its provider."""
    return Shown(done.result.outcome, done.ready.probe, done.ready.members[0].policy.max_delay_s)
