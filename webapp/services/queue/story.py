"""The story of one delivery: how it stands, how that came about, what comes next, and what decided it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from webapp.domain.decision import facts_of
from webapp.domain.delivery_state import FINAL
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.evidence import Evidence
from webapp.domain.medium import Medium
from webapp.domain.reason import RAISED, Reason
from webapp.domain.said import CHOSEN_TIMES
from webapp.domain.strip import Step, Stop, strip
from webapp.domain.truth import truth
from webapp.domain.who import Who
from webapp.domain.wording import Course, Reader, Sentence, about
from webapp.extensions import db
from webapp.models import later_word
from webapp.models.delivery import Delivery
from webapp.retries._ahead import Ahead, ahead
from webapp.services.queue import _story_rows as rows
from webapp.services.queue import _tries
from webapp.services.queue._story_rows import Asking, FarWord
from webapp.services.queue._together import Together, together
from webapp.services.queue._tries import PastTry

__all__ = ["Act", "Ahead", "Decided", "FarWord", "PastTry", "Story", "Together", "get", "version_of"]


class Act(StrEnum):
    """What a person may do with a delivery in its present state."""

    RETRY_NOW = "retry now"
    SEND_AGAIN = "send again"
    CANCEL = "cancel"
    ARRIVED = "arrived"


_ACTS: Mapping[S, tuple[Act, ...]] = {
    S.QUEUED: (Act.CANCEL,),
    S.HELD: (Act.RETRY_NOW, Act.CANCEL),
    S.RETRYING: (Act.RETRY_NOW, Act.CANCEL),
    S.UNKNOWN: (Act.ARRIVED, Act.SEND_AGAIN),
    S.UNDELIVERABLE: (Act.SEND_AGAIN,),
    S.CANCELLED: (Act.SEND_AGAIN,),
    S.FILTERED: (Act.SEND_AGAIN,),
    S.SENT: (Act.SEND_AGAIN,),
}


@dataclass(frozen=True, slots=True)
class Decided:
    """The last decision. ``facts`` are all that it rested on, by name, as plain values; only for operators."""

    action: str
    reason: Reason | None
    at: datetime
    evidence: Mapping[str, Any]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is told of a delivery. Its sender and its recipient get it in their own words: then ``operator`` is
    False, and there are no acts, address, reply, provider or facts. A sender is not told what the recipient chose:
    ``reason`` is then empty, and with ``chosen_time`` so is ``due_at``.

    ``notification`` is the reader's own copy, if it is theirs. ``subscriber`` is its id where the recipient is a
    subscriber. ``tries`` are newest first, ``ahead`` are those to come, in order. ``had_errors``: it went out, but not
    at the first try. ``repeated``: it was tried again after a try that may have arrived. ``may_duplicate``: sending it
    again may make a second copy. ``final``: nothing more happens by itself.
    """

    id: str
    reader: Reader
    operator: bool
    own: bool
    notification: str | None
    message: str
    subject: str
    channel: str
    recipient: Who
    subscriber: int | None
    sender: Who
    medium: Medium
    state: S
    reason: Reason | None
    chosen_time: bool
    sentence: Sentence
    advice: str
    together: Together
    strip: tuple[Stop, ...]
    tries: tuple[PastTry, ...]
    ahead: tuple[Ahead, ...]
    tries_allowed: int
    policy: str
    at_most_once: bool
    generation: int
    had_errors: bool
    repeated: bool
    may_duplicate: bool
    created_at: datetime
    due_at: datetime | None
    expires_at: datetime
    address: str | None
    envelope: str | None
    replaces: str | None
    decided: Decided | None
    far: FarWord | None
    ledger: tuple[Step, ...]
    acts: tuple[Act, ...]
    version: str
    final: bool


def get(*, id: str, user_id: int, operator: bool, now: datetime) -> Story:
    """The story of ``id`` for an operator, for its recipient, or for its sender. Raises Missing, also for anybody
    else."""
    asking = Asking(user_id=user_id, operator=operator, now=now)
    row = rows.one(rows.whole(), id, asking)
    ledger = [rows.step(move) for move in db.session.execute(rows.moves(id))]
    tried = db.session.execute(_tries.statement(id)).all()
    return _story(row, ledger, tried, asking)


def version_of(*, id: str, user_id: int, operator: bool, now: datetime) -> str:
    """The ``version`` that the story has now, much more cheaply than the story. Raises Missing."""
    return rows.version(rows.one(rows.short(), id, Asking(user_id=user_id, operator=operator, now=now)), now)


def _story(row: Row[Any], ledger: Sequence[Step], tried: Sequence[Row[Any]], asking: Asking) -> Story:
    delivery, message, policy = row.Delivery, row.Message, row.Policy.as_word()
    reader, operator, now = asking.reader(delivery), asking.operator, asking.now
    state, reason = S(delivery.state), Reason(delivery.reason) if delivery.reason else None
    hidden = reader is Reader.SENDER and reason in CHOSEN_TIMES and delivery.due_at > now
    tries = _tries.past(tried, operator=operator, endpoint=row.endpoint)
    allowed = policy.attempts_for(message.type)
    now_tried = [one for one in tries if one.generation == delivery.generation]
    return Story(
        id=delivery.id,
        reader=reader,
        operator=operator,
        own=message.sender_id == asking.user_id,
        notification=delivery.notification_id if delivery.user_id == asking.user_id else None,
        message=message.id,
        subject=message.subject,
        channel=row.name,
        recipient=Who(row.display_name, row.username),
        subscriber=row.subscriber,
        sender=Who(row.sender_name, row.sender_username) if row.sender_username else Who(message.system_sender),
        medium=Medium(delivery.medium),
        state=state,
        reason=None if reader is Reader.SENDER else reason,
        chosen_time=hidden,
        sentence=_sentence(_course(row, ledger, tries, allowed, now), reader, now),
        advice=_advice(state, delivery.reason, tries) if operator else "",
        together=together(delivery, reader=reader),
        strip=strip(ledger, [one.at for one in now_tried]),
        tries=tries,
        ahead=() if hidden else _ahead(delivery, message.type, policy),
        tries_allowed=allowed,
        policy=policy.name,
        at_most_once=row.at_most_once and row.subscriber is None,
        generation=delivery.generation,
        had_errors=state in {S.SENT, S.DELIVERED} and any(not one.accepted for one in now_tried),
        repeated=any(one.repeat for one in now_tried),
        may_duplicate=_tries.doubts(tried),
        created_at=delivery.created_at,
        due_at=None if hidden else delivery.due_at,
        expires_at=delivery.expires_at,
        address=(_tries.host_of(row.endpoint) or row.address) if operator else None,
        envelope=delivery.envelope_id if operator else None,
        replaces=delivery.replaces,
        decided=_decided(delivery.evidence, operator, row.endpoint),
        far=rows.far_word(row) if operator else None,
        ledger=tuple(ledger),
        acts=_ACTS.get(state, ()) if operator else (),
        version=rows.version(row, now),
        final=state in FINAL,
    )


def _sentence(course: Course, reader: Reader, now: datetime) -> Sentence:
    return truth(course, now=now) if reader is Reader.OPERATOR else about(course, reader=reader, now=now)


def _course(row: Row[Any], ledger: Sequence[Step], tries: Sequence[PastTry], allowed: int, now: datetime) -> Course:
    delivery: Delivery = row.Delivery
    last = next((one for one in tries if one.generation == delivery.generation), None)
    reason = Reason(delivery.reason) if delivery.reason else None
    return Course(
        who=row.display_name,
        channel=row.title,
        sender=row.sender_name or row.Message.system_sender or "",
        state=S(delivery.state),
        medium=Medium(delivery.medium),
        reason=reason,
        failures=delivery.failures,
        tries=max(allowed, delivery.failures + delivery.retries_left),
        due_at=delivery.due_at,
        expires_at=delivery.expires_at,
        since=ledger[-1].at,
        by=ledger[-1].by,
        trouble=last.reason if last else reason if reason in RAISED else None,
        far=last.far if last else "",
        provider=last.provider if last else "",
        told_later=ledger[-1].by == later_word.BY,
        upcoming=row.Message.visible_at > now,
        evidence=Evidence.of(delivery.evidence, delivery.reason),
    )


def _advice(state: S, code: str | None, tries: Sequence[PastTry]) -> str:
    """What to do: advice on the last try's error if that caused the present state, otherwise on the state's own
    reason."""
    if state in {S.SENT, S.DELIVERED, S.SENDING}:
        return ""
    reason = Reason(code) if code else None
    if (reason is None or reason is Reason.EXHAUSTED) and tries and tries[0].reason:
        reason = tries[0].reason
    return reason.words.advice if reason else ""


def _ahead(delivery: Delivery, message_type: str, policy: Any) -> tuple[Ahead, ...]:
    """The tries to come. Empty for final states, and for held or sending ones, whose next try has no known time."""
    if delivery.state not in {S.QUEUED, S.RETRYING}:
        return ()
    found = ahead(
        policy,
        message_type,
        failures=delivery.failures,
        last_delay_s=delivery.last_delay_s or 0.0,
        due_at=delivery.due_at,
        expires_at=delivery.expires_at,
    )
    return tuple(found)


def _decided(record: Mapping[str, Any] | None, operator: bool, endpoint: Mapping[str, Any] | None) -> Decided | None:
    if not record or "facts" not in record:
        return None
    evidence, facts = (record["evidence"], facts_of(record)) if operator else ({}, {})
    if operator and endpoint:  # parts of an address may be secret
        facts["address"] = _tries.host_of(endpoint)
    return Decided(
        action=record["action"],
        reason=Reason(record["reason"]) if record["reason"] else None,
        at=datetime.fromisoformat(record["facts"]["now"]),
        evidence=evidence,
        facts=facts,
    )
