"""After a lot was sent: its outcomes and attempts are written down together."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from webapp.delivery._moving import Changes
from webapp.delivery.lot import LONGEST_ERROR, Finished, Loaded, Written
from webapp.domain.breaker import blames_provider
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import (
    Accepted,
    Certainty,
    ConfigurationFailure,
    Failure,
    PermanentFailure,
    TemporaryFailure,
)
from webapp.domain.outcome import TAKEN, Settlement, Try, settle
from webapp.models import later_word
from webapp.models.arrows import Change
from webapp.models.envelope import add_attempts, doubtful, existing
from webapp.models.leases import still_leased
from webapp.providers import listening_media
from webapp.retries import Draw, next_delay


def write_results(
    session: Session,
    finished: Sequence[Finished],
    *,
    now: datetime,
    draw: Draw,
    process: str,
    stopping: bool,
    in_vain: Collection[str],
) -> Written:
    """Write down the outcomes of tries. A result whose lease was lost is refused: another process has that delivery
    now. ``in_vain``: the ids of envelopes whose provider was known not to work.

    While ``stopping``, a temporary failure spends no retry: that the process ends is not the far side's fault. It is
    tried again at once, as what is left behind is; unless it may have arrived and must not be repeated, which is
    settled as ever.
    """
    in_doubt = doubtful(session, {done.ready.envelope.id for done in finished if _was_tried_before(done)})
    changes, attempts, torn = Changes(), [], _torn(session, finished)
    for done in finished:
        # One delay for all that is in an envelope: it is tried again together.
        draw_once = cache(draw) if len(done.ready.members) > 1 else draw
        free, spared = stopping and _may_be_repeated(done), _costs_nothing(done, in_vain)
        attempts.append(_attempt_row(done, process, counted=not (free or spared)))
        for member in done.ready.members if done.ready.envelope.id not in torn else ():
            settled = _free(member, now) if free else _settled(done, member, draw_once, in_doubt, spared=spared)
            changes.add(settled.state, done.ready.trigger, _change(done, member, settled))
    written = changes.move(session, now=now)
    written.refused += sum(len(done.ready.members) for done in finished if done.ready.envelope.id in torn)
    if written.refused:
        attempts = _of_late_results(session, finished, attempts, written)
    add_attempts(session, attempts)
    if taken := _may_have_been_told_of(finished, written):
        for state, ids in later_word.obey(session, taken, now=now).items():
            written.ids[state].extend(ids)
    return written


def _was_tried_before(done: Finished) -> bool:
    return not done.ready.new or done.ready.envelope.replaces is not None


def _torn(session: Session, finished: Sequence[Finished]) -> set[str]:
    """Ids of the envelopes of several deliveries of which we have lost at least one: a result counts for all of them,
    or for none. Those that are still ours follow when their leases expire."""
    shared = [done.ready for done in finished if len(done.ready.members) > 1]
    if not shared:
        return set()
    mine = still_leased(session, [leased for ready in shared for leased in ready.leased])
    return {ready.envelope.id for ready in shared if any(leased.id not in mine for leased in ready.leased)}


def _may_have_been_told_of(finished: Sequence[Finished], written: Written) -> set[str]:
    """Ids of the envelopes just written down as sent whose far side may have reported earlier what became of them."""
    sent, listening = set(written.ids[S.SENT]), listening_media()
    return {
        done.ready.envelope.id
        for done in finished
        if done.ready.envelope.medium in listening and any(leased.id in sent for leased in done.ready.leased)
    }


def _of_late_results(
    session: Session, finished: Sequence[Finished], attempts: Sequence[dict[str, Any]], written: Written
) -> list[dict[str, Any]]:
    """The rows whose envelopes are still there: somebody may have deleted them. A try that moved no delivery is not
    counted."""
    moved = {id_ for ids in written.ids.values() for id_ in ids}
    there = existing(session, {row["envelope_id"] for row in attempts})
    return [
        row | {"counted": row["counted"] and any(leased.id in moved for leased in done.ready.leased)}
        for done, row in zip(finished, attempts, strict=True)
        if row["envelope_id"] in there
    ]


def _may_be_repeated(done: Finished) -> bool:
    """A failure that repeating may mend, and that its channel allows to repeat."""
    outcome = done.result.outcome
    if isinstance(outcome, Accepted | PermanentFailure):
        return False
    return outcome.certainty is Certainty.NOT_SENT or not done.ready.members[0].channel["at_most_once"]


def _costs_nothing(done: Finished, in_vain: Collection[str]) -> bool:
    """A failure of a provider that is set up wrongly, or known not to work, spends no retry; unless the message may
    have arrived: else a far side that takes everything and confirms nothing would be sent the same for ever."""
    outcome = _counted(done)
    if not isinstance(outcome, Failure) or outcome.certainty is not Certainty.NOT_SENT:
        return False
    return isinstance(outcome, ConfigurationFailure) or (_known_not_to_work(done, in_vain) and blames_provider(outcome))


def _known_not_to_work(done: Finished, in_vain: Collection[str]) -> bool:
    return done.ready.probe or done.ready.envelope.id in in_vain


def _free(member: Loaded, now: datetime) -> Settlement:
    """To be tried again at once, as if it had not been tried."""
    leased = member.leased
    left = max(member.policy.attempts_for(member.message["type"]) - leased.failures, 0)
    return Settlement(S.RETRYING, None, now, leased.last_delay_s, leased.failures, left)


def _settled(
    done: Finished, member: Loaded, draw: Draw, in_doubt: Collection[tuple[str, int]], *, spared: bool
) -> Settlement:
    outcome = _counted(done)
    if isinstance(outcome, Accepted):
        return TAKEN
    leased, policy, message_type = member.leased, member.policy, member.message["type"]
    made = Try(
        ended_at=done.result.ended_at,
        failures=leased.failures,
        attempts_allowed=policy.attempts_for(message_type),
        delay_s=next_delay(policy, message_type, leased.failures + 1, leased.last_delay_s or 0.0, draw),
        longest_delay_s=policy.max_delay_s,
        expires_at=leased.expires_at,
        at_most_once=member.channel["at_most_once"],
        doubtful=(done.ready.envelope.id, leased.generation) in in_doubt,
        free=spared,
    )
    return settle(outcome, made)


def _counted(done: Finished) -> Accepted | Failure:
    """A subscriber has no provider that could be paused until it is set up rightly: its configuration failures count as
    temporary ones, and spend retries."""
    outcome = done.result.outcome
    if done.ready.account.provider_id or not isinstance(outcome, ConfigurationFailure):
        return outcome
    return TemporaryFailure(outcome.reason, outcome.reply, blame=outcome.blame, certainty=outcome.certainty)


def _change(done: Finished, member: Loaded, settled: Settlement) -> Change:
    values: dict[str, Any] = {}
    if settled.state is S.HELD:
        values |= {"last_error": str(done.result.outcome)[:LONGEST_ERROR]}
    elif isinstance(done.result.outcome, Failure):
        values |= {
            "failures": settled.failures,
            "retries_left": settled.retries_left,
            "last_delay_s": settled.delay_s,
            "last_error": str(done.result.outcome)[:LONGEST_ERROR],
            "failed_at": done.result.ended_at,
        }
    if settled.due_at:
        values["due_at"] = settled.due_at
    return Change(member.leased, settled.reason, values)


def _attempt_row(done: Finished, process: str, *, counted: bool) -> dict[str, Any]:
    ready, first = done.ready, done.ready.members[0].leased
    return {
        "envelope_id": ready.envelope.id,
        "provider_id": ready.account.provider_id,
        "provider_version": ready.account.version,
        "generation": first.generation,
        "number": max(member.leased.failures for member in ready.members) + 1,
        "counted": counted,
        "trigger": ready.trigger,
        "process": process,
        **done.result.row(),
    }
