"""What tries show of the providers: one that cannot deliver is paused and what waits for it held, and let go again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeGuard

from sqlalchemy.orm import Session

from webapp.delivery.load import active_accounts
from webapp.delivery.lot import LONGEST_ERROR, Account, Ended, Finished
from webapp.domain.alert import Alert, provider_paused
from webapp.domain.breaker import Shown, Standing, blames_provider, judge
from webapp.domain.envelope import Accepted
from webapp.domain.reason import Reason
from webapp.models import holding
from webapp.models.provider import note_health, standing

_BREAKER = "breaker"  # who moves what waits for a provider that is paused, or no longer is


def write_health(session: Session, ended: Sequence[Ended], *, now: datetime) -> list[Alert]:
    """What the lot has shown of its providers: one that is paused holds up what waits for it, one that is no longer
    lets go of it. Gives what an administrator has to hear of.

    Last in the transaction: every process writes these few rows.
    """
    tried = [done.ready.account for done in ended if isinstance(done, Finished)]
    alerts = []
    for _, account in sorted({(account.id, account.version): account for account in tried}.items()):
        mine = [done for done in ended if _is_try_of(done, account)]
        alerts += _note_health(session, account, mine, now)
    return alerts


def foreseen(accounts: Mapping[str, Account], ended: Sequence[Ended], now: datetime) -> dict[str, Account]:
    """The active providers as they stand after what has ended, before ``write_health`` has written it down: nothing
    more is to be handed to one that has just failed."""
    return {medium: _after(account, ended, now) for medium, account in accounts.items()}


def _after(account: Account, ended: Sequence[Ended], now: datetime) -> Account:
    tries = [Shown(one.result.outcome, one.ready.probe) for one in ended if _is_try_of(one, account)]
    if not tries:
        return account
    stands = judge(account.stands, tries, now)
    taken = any(isinstance(shown.outcome, Accepted) for shown in tries)
    return replace(account, stands=stands, proven=not stands.paused_reason and (account.proven or taken))


def _is_try_of(ended: Ended, account: Account) -> TypeGuard[Finished]:
    return isinstance(ended, Finished) and ended.ready.account == account


def _note_health(session: Session, account: Account, tries: Sequence[Finished], now: datetime) -> list[Alert]:
    was = standing(session, provider_id=account.id, version=account.version)
    if was is None:  # edited meanwhile: these tries say nothing of its new settings
        return []
    stands = judge(was, (Shown(done.result.outcome, done.ready.probe) for done in tries), now)
    good = [done.result.ended_at for done in tries if isinstance(done.result.outcome, Accepted)]
    bad = [done for done in tries if blames_provider(done.result.outcome)]
    error = bad[-1].result.reply[:LONGEST_ERROR] if bad else None
    note_health(
        session,
        provider_id=account.id,
        stands=stands,
        success_at=max(good, default=None),
        error=error,
        error_at=bad[-1].result.ended_at if bad else None,
    )
    return _follow(session, account, was, stands, now=now, error=error or "")


def _follow(
    session: Session, account: Account, was: Standing, stands: Standing, *, now: datetime, error: str
) -> list[Alert]:
    """What waits is held up, or let go."""
    before, after = was.paused_reason, stands.paused_reason
    if bool(before) is bool(after):
        return []
    if active_accounts(session).get(account.medium) != account:  # another one sends what waits, or none does
        return []
    if before:
        holding.release(session, medium=account.medium, reason=Reason.PROVIDER_PAUSED, now=now, by=_BREAKER)
        return []
    holding.strand(session, medium=account.medium, reason=Reason.PROVIDER_PAUSED, now=now, by=_BREAKER)
    return [provider_paused(account.id, account.name, error)]
