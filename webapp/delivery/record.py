"""After a lot was sent: outcomes, attempts and the providers' health are written down together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from sqlalchemy.orm import Session

from webapp.delivery._moving import Changes
from webapp.delivery.lot import LONGEST_ERROR, Account, Ended, Finished, Loaded, Written
from webapp.domain.alert import Alert, provider_paused
from webapp.domain.breaker import Shown, Standing, blames_provider, judge
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Accepted, Certainty, ConfigurationFailure, Failure, PermanentFailure
from webapp.domain.outcome import Settlement, Try, settle
from webapp.domain.reason import Reason
from webapp.models import arrows
from webapp.models.arrows import Change
from webapp.models.envelope import add_attempts, doubtful, existing
from webapp.models.provider import note_health, standing
from webapp.retries import Draw, next_delay

_BREAKER = "breaker"  # who moves what waits for a provider that is paused, or no longer is


def write_results(
    session: Session, finished: Sequence[Finished], *, now: datetime, draw: Draw, process: str, stopping: bool
) -> Written:
    """What came of tries. A result whose lease was lost is refused: somebody else sends that delivery now.

    While ``stopping``, a temporary failure costs nothing: that the process ends is not the far side's fault. It is
    tried again as what is left behind is, unless it may have arrived and must not be repeated: that is settled as ever.
    """
    in_doubt = doubtful(session, {done.ready.envelope.id for done in finished if not done.ready.new})
    changes, attempts = Changes(), []
    for done in finished:
        free = stopping and _may_be_repeated(done)
        attempts.append(_attempt_row(done, process, counted=not (free or _costs_nothing(done))))
        for member in done.ready.members:
            settled = _free(member, now) if free else _settled(done, member, draw, in_doubt)
            changes.add(settled.state, done.ready.trigger, _change(done, member, settled))
    written = changes.move(session, now=now)
    if written.refused:
        attempts = _of_late_results(session, finished, attempts, written)
    add_attempts(session, attempts)
    return written


def _of_late_results(
    session: Session, finished: Sequence[Finished], attempts: Sequence[dict[str, Any]], written: Written
) -> list[dict[str, Any]]:
    """Those whose envelopes are still there: somebody may have deleted them. What moved nothing has spent no try."""
    moved = {id_ for ids in written.ids.values() for id_ in ids}
    there = existing(session, {row["envelope_id"] for row in attempts})
    return [
        row | {"counted": row["counted"] and any(leased.id in moved for leased in done.ready.leased)}
        for done, row in zip(finished, attempts, strict=True)
        if row["envelope_id"] in there
    ]


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


def _may_be_repeated(done: Finished) -> bool:
    """A failure that repeating may mend, and that its channel allows to repeat."""
    outcome = done.result.outcome
    if isinstance(outcome, Accepted | PermanentFailure):
        return False
    return outcome.certainty is Certainty.NOT_SENT or not done.ready.members[0].channel["at_most_once"]


def _costs_nothing(done: Finished) -> bool:
    """A provider that is set up wrongly, or known not to work, burns nobody's tries; unless one may have arrived and
    must not be repeated."""
    outcome = done.result.outcome
    spares = isinstance(outcome, ConfigurationFailure) or (done.ready.probe and blames_provider(outcome))
    return spares and not isinstance(outcome, PermanentFailure) and _may_be_repeated(done)


def _free(member: Loaded, now: datetime) -> Settlement:
    """Tried again at once, as if it had not been tried."""
    leased = member.leased
    left = max(member.policy.attempts_for(member.message["type"]) - leased.failures, 0)
    return Settlement(S.RETRYING, None, now, leased.last_delay_s, leased.failures, left)


def _settled(done: Finished, member: Loaded, draw: Draw, in_doubt: set[str]) -> Settlement:
    leased, policy, message_type = member.leased, member.policy, member.message["type"]
    made = Try(
        ended_at=_ended_at(done),
        failures=leased.failures,
        attempts_allowed=policy.attempts_for(message_type),
        delay_s=next_delay(policy, message_type, leased.failures + 1, leased.last_delay_s or 0.0, draw),
        longest_delay_s=policy.max_delay_s,
        expires_at=leased.expires_at,
        at_most_once=member.channel["at_most_once"],
        doubtful=done.ready.envelope.id in in_doubt,
        free=done.ready.probe and blames_provider(done.result.outcome),
    )
    return settle(done.result.outcome, made)


def _change(done: Finished, member: Loaded, settled: Settlement) -> Change:
    values: dict[str, Any] = {"envelope_id": done.ready.envelope.id}
    if settled.state is S.HELD:
        values |= {"last_error": str(done.result.outcome)[:LONGEST_ERROR]}
    elif isinstance(done.result.outcome, Failure):
        values |= {
            "failures": settled.failures,
            "retries_left": settled.retries_left,
            "last_delay_s": settled.delay_s,
            "last_error": str(done.result.outcome)[:LONGEST_ERROR],
            "failed_at": _ended_at(done),
        }
    if settled.due_at:
        values["due_at"] = settled.due_at
    return Change(member.leased, settled.reason, values)


def _ended_at(done: Finished) -> datetime:
    return done.result.started_at + timedelta(milliseconds=done.result.ms)


def _attempt_row(done: Finished, process: str, *, counted: bool) -> dict[str, Any]:
    ready, first = done.ready, done.ready.members[0].leased
    return {
        "envelope_id": ready.envelope.id,
        "provider_id": ready.account.id,
        "provider_version": ready.account.version,
        "generation": first.generation,
        "number": max(member.leased.failures for member in ready.members) + 1,
        "counted": counted,
        "trigger": ready.trigger,
        "process": process,
        **done.result.row(),
    }


def _note_health(session: Session, account: Account, tries: Sequence[Finished], now: datetime) -> list[Alert]:
    was = standing(session, provider_id=account.id, version=account.version)
    if was is None:  # edited meanwhile: these tries say nothing of its new settings
        return []
    stands = judge(was, (Shown(done.result.outcome, done.ready.probe) for done in tries), now)
    good = [_ended_at(done) for done in tries if isinstance(done.result.outcome, Accepted)]
    bad = [done for done in tries if blames_provider(done.result.outcome)]
    error = bad[-1].result.reply[:LONGEST_ERROR] if bad else None
    note_health(
        session,
        provider_id=account.id,
        stands=stands,
        success_at=max(good, default=None),
        error=error,
        error_at=_ended_at(bad[-1]) if bad else None,
    )
    return _follow(session, account, was, stands, now=now, error=error or "")


def _follow(
    session: Session, account: Account, was: Standing, stands: Standing, *, now: datetime, error: str
) -> list[Alert]:
    """What waits is held up, or let go."""
    before, after = was.paused_reason, stands.paused_reason
    if before and not after:
        arrows.release(session, medium=account.medium, reason=Reason.PROVIDER_PAUSED, now=now, by=_BREAKER)
    if before or not after:
        return []
    arrows.strand(session, medium=account.medium, reason=Reason.PROVIDER_PAUSED, now=now, by=_BREAKER)
    return [provider_paused(account.id, account.name, error)]
