"""Before a lot is sent: commits its decisions and envelopes; and gives back what is not sent after all."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from webapp.delivery._cut_short import cut_short
from webapp.delivery._moving import Changes, waiting
from webapp.delivery.lot import Broken, Decided, Kind, Loaded, Prepared, Ready, Written
from webapp.domain.alert import Alert, ambiguous_formatter, no_provider
from webapp.domain.decision import Action
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.models import leases
from webapp.models.arrows import Change
from webapp.models.envelope import add_attempts, add_envelopes, body_hash, existing
from webapp.models.leases import Leased

# Who gives back what was not tried: a process that is to end, or a turn that takes it back.
STOP, RECALL = "stop", "recall"

# Seconds to wait each time that a formatter has raised: the cause may be temporary. If it raises once more after the
# last of these, the delivery ends.
_AFTER_RAISE_S = (5, 15, 45, 135)


def write_prepared(session: Session, prepared: Prepared, *, now: datetime) -> Written:
    """Write down what is not sent: decided against, left out by its formatter, or its formatter raised or was not
    asked."""
    changes = Changes()
    for decided in prepared.decided:
        changes.add(_state_after(decided), decided.by or decided.kind, _decision(decided))
    for broken in prepared.broken:
        _add_broken(changes, broken, now)
    for folded in prepared.folded:
        changes.add(S.FOLDED, folded.kind, Change(folded.leased, Reason.FOLDED, {"evidence": dict(folded.record)}))
    for member in prepared.unasked:  # it costs nothing
        changes.add(waiting(member.kind), "rendering", Change(member.leased))
    written = changes.move(session, now=now)
    written.alerts += _alerts(prepared.decided)
    return written


def _alerts(decided: Sequence[Decided]) -> list[Alert]:
    """Alerts for what only an administrator can mend: one for each medium or channel, however many deliveries wait for
    it."""
    unsent = {one.leased.medium for one in decided if one.decision.reason is Reason.NO_PROVIDER}
    unclear = {
        (one.leased.channel_id, one.channel, str(one.decision.evidence["formatters"]))
        for one in decided
        if one.decision.reason is Reason.AMBIGUOUS_FORMATTER
    }
    return [*map(no_provider, sorted(unsent)), *(ambiguous_formatter(*channel) for channel in sorted(unclear))]


def start(session: Session, ready: Sequence[Ready], *, now: datetime) -> list[Ready]:
    """Commit those envelopes to being sent now whose deliveries are all still leased to us; new ones are written in
    full. Returns them."""
    mine = leases.still_leased(session, [leased for one in ready for leased in one.leased])
    ours = [one for one in ready if all(leased.id in mine for leased in one.leased)]
    if new := [one for one in ours if one.new]:
        hashes = {text: body_hash(*text) for text in set(map(_text, new))}  # many share one
        bodies = {key: {"subject": text[0], "text": text[1], "html": text[2]} for text, key in hashes.items()}
        add_envelopes(session, [_envelope_row(one, hashes[_text(one)]) for one in new], bodies)
    starting = [
        leases.Starting(member.leased.id, one.envelope.id, member.decided) for one in ours for member in one.members
    ]
    leases.start(session, starting, now=now)
    return ours


def give_back(session: Session, ready: Iterable[Ready], *, now: datetime, by: str = RECALL) -> Written:
    """Put back envelopes that nobody has begun to send. No retry is spent."""
    changes = Changes()
    for one in ready:
        for member in one.members:
            changes.add(waiting(member.kind), by, Change(member.leased))
    return changes.move(session, now=now)


def try_again(session: Session, ready: Iterable[Ready], *, now: datetime, by: str = RECALL) -> Written:
    """The same for envelopes that were started but not tried: each is to be tried as it is, at once."""
    changes = Changes()
    for one in ready:
        for member in one.members:
            changes.add(S.RETRYING, by, _again(member, now))
    return changes.move(session, now=now)


def let_go(session: Session, lot: Iterable[Leased], kind: Kind, *, now: datetime) -> Written:
    """Put back what was claimed but not even loaded, because the process ends. No retry is spent."""
    changes = Changes()
    for leased in lot:
        changes.add(waiting(kind), STOP, Change(leased))
    return changes.move(session, now=now)


def hold(session: Session, ready: Iterable[Ready], *, reason: Reason, now: datetime) -> Written:
    """Hold envelopes whose provider has become unfit since they were prepared. No retry is spent."""
    changes = Changes()
    for one in ready:
        for member in one.members:
            changes.add(S.HELD, member.kind, Change(member.leased, reason))
    return changes.move(session, now=now)


def leave_behind(session: Session, in_flight: Sequence[Ready], *, now: datetime, process: str) -> Written:
    """Release what the senders still have when the process ends: it may arrive, or not. No retry is spent. It is tried
    again as it is, or left to a person where it must not be repeated."""
    changes, tries = Changes(), []
    for one in in_flight:
        for member in one.members:
            tries.append(cut_short(member.leased, one.envelope.id, since=now, now=now, trigger=STOP, process=process))
            if member.channel["at_most_once"]:
                changes.add(S.UNKNOWN, STOP, Change(member.leased, Reason.PROCESS_DIED))
            else:
                changes.add(S.RETRYING, STOP, _again(member, now))
    there = existing(session, {one.envelope.id for one in in_flight})  # somebody may have deleted them
    add_attempts(session, [row for row in tries if row["envelope_id"] in there])
    return changes.move(session, now=now)


def _again(member: Loaded, now: datetime) -> Change:
    return Change(member.leased, None, {"due_at": now})


def _state_after(decided: Decided) -> S:
    return {
        Action.WAIT: waiting(decided.kind),
        Action.FILTER: S.FILTERED,
        Action.HOLD: S.HELD,
        Action.CANCEL: S.CANCELLED,
    }[decided.decision.action]


def _decision(decided: Decided) -> Change:
    decision = decided.decision
    values: dict[str, Any] = {"evidence": dict(decided.record)}
    if decision.at:
        values["due_at"] = decision.at
    return Change(decided.leased, decision.reason, values)


def _add_broken(changes: Changes, broken: Broken, now: datetime) -> None:
    """Put the delivery back for a while; end it once it has raised too often, so that poison cannot loop."""
    before = broken.leased.raises
    values: dict[str, Any] = {"raises": before + 1, "last_error": broken.error}
    is_last = before >= len(_AFTER_RAISE_S)
    if not is_last:
        values["due_at"] = now + timedelta(seconds=_AFTER_RAISE_S[before])
    state = S.UNDELIVERABLE if is_last else waiting(broken.kind)
    changes.add(state, broken.kind, Change(broken.leased, broken.reason, values))


def _envelope_row(one: Ready, body_hash: str) -> dict[str, Any]:
    first = one.members[0].leased
    return {
        "id": one.envelope.id,
        "user_id": first.user_id,
        "subscriber_id": first.subscriber_id,
        "channel_id": first.channel_id,
        "medium": one.envelope.medium,
        "address": one.envelope.address,
        "members": len(one.members) if len(one.members) > 1 else None,
        "variables": {name: getattr(one.envelope, name) for name in ("recipient", "sender", "why")},
        "replaces": one.envelope.replaces,
        "message_id_header": one.envelope.message_id,
        "created_at": one.envelope.created_at,
        "body_hash": body_hash,
    }


def _text(one: Ready) -> tuple[str, str, str | None]:
    return one.envelope.subject, one.envelope.text, one.envelope.html
