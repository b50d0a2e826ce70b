"""What must be true of one delivery, rule by rule: each rule looks at its Case and yields a sentence for what is wrong.

The rules are pure and check only what is certain: none assumes that the clocks of different processes agree.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from webapp.domain.delivery_state import FINAL, PENDING, may_move
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.domain.retry_policy import RetryPolicy
from webapp.models import later_word
from webapp.models.envelope import digest

NEEDS_REASON = frozenset({S.HELD, S.FOLDED, S.FILTERED, S.CANCELLED, S.UNDELIVERABLE, S.UNKNOWN})
HAS_NO_REASON = frozenset({S.SENT, S.DELIVERED})
ENDS = {S.CANCELLED: {Reason.EXPIRED, Reason.CANCELLED_BY_PERSON}, S.FOLDED: {Reason.FOLDED}}
_WHERE_TO = ("user_id", "subscriber_id", "channel_id", "medium")
Row = Any  # a database row, its columns as attributes


@dataclass(frozen=True, slots=True)
class Rules:
    """What a delivery's channel, or its subscriber, says now. ``unedited``: it has not changed since it was made."""

    policy: RetryPolicy
    every_s: int
    unedited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is known of one delivery: its row joined with what it refers to, its ledger (never empty) cut into
    ``generations``, the envelopes that row and ledger name, and the tries of each envelope, oldest first."""

    row: Row
    generations: Sequence[Sequence[Row]]
    envelopes: Mapping[str, Row]
    tries: Mapping[str, Sequence[Row]]
    rules: Rules | None
    now: datetime
    lease: timedelta
    digests_since: str

    @property
    def moves(self) -> list[Row]:
        """The whole ledger."""
        return [move for generation in self.generations for move in generation]

    @property
    def envelope_ids(self) -> set[str]:
        """Every envelope that the delivery was ever in."""
        named = {move.envelope_id for move in self.moves} | {self.row.envelope_id}
        return {id_ for id_ in named if id_}


def generations(moves: Sequence[Row]) -> list[list[Row]]:
    """The ledger, cut at each *send again*."""
    parts: list[list[Row]] = []
    for move in moves:
        if not parts or (move.was in FINAL and move.became == S.QUEUED):
            parts.append([])
        parts[-1].append(move)
    return parts


# --- the ledger ---------------------------------------------------------------------------------------------------


def chain(case: Case) -> Iterator[str]:
    """Each move begins in the state in which the one before ended, every move is allowed, and the last one leads to the
    row's state."""
    moves = case.moves
    if moves[0].was is not None or moves[0].became != S.QUEUED:
        yield f"its ledger begins with {moves[0].was} → {moves[0].became} instead of with its post"
    for before, move in pairwise(moves):
        if move.was != before.became:
            yield f"its ledger goes on from {move.was} after it has become {before.became}"
        elif not may_move(move.was, move.became):
            yield f"there is no move from {move.was} to {move.became}"
    if case.row.state != moves[-1].became:
        yield f"it is {case.row.state}, but by its ledger {moves[-1].became}"
    if case.row.state not in list(S):
        yield f"there is no state {case.row.state}"


def lease_tokens(case: Case) -> Iterator[str]:
    """A move out of ``sending`` carries the lease token of the claim before it."""
    for before, move in pairwise(case.moves):
        if move.was == S.SENDING and move.lease_token != before.lease_token:
            yield f"it left sending for {move.became} under another lease than it was claimed under"


def counted_generations(case: Case) -> Iterator[str]:
    """The row's generation is 1 plus the number of times it was sent again, and ``replaces`` names the last envelope
    before."""
    if case.row.generation != len(case.generations):
        yield f"its generation is {case.row.generation}, but by its ledger {len(case.generations)}"
    replaced = None
    for generation in case.generations[:-1]:
        replaced = generation[-1].envelope_id or replaced
    if case.row.replaces != replaced:
        yield f"it replaces the envelope {case.row.replaces}, but by its ledger {replaced}"


def reasons(case: Case) -> Iterator[str]:
    """The row's reason is that of the last move other than a claim, and fits its state."""
    telling = [move for move in case.moves if move.became != S.SENDING]
    if telling and case.row.reason != telling[-1].reason:
        yield f"its reason is {case.row.reason}, but by its ledger {telling[-1].reason}"
    for move in telling:
        if not _may_be_for(move.became, move.reason):
            yield f"its ledger has {move.became} with the reason {move.reason}"


def _may_be_for(state: str, reason: str | None) -> bool:
    if reason is None:
        return state not in NEEDS_REASON
    known = ENDS.get(S(state), set(Reason)) if state in list(S) else set(Reason)
    return reason in known and state not in HAS_NO_REASON


# --- the lease ----------------------------------------------------------------------------------------------------


def leases(case: Case) -> Iterator[str]:
    """A row in ``sending`` has the lease of its claim, perhaps renewed; rows in other states have no lease."""
    row, claimed = case.row, case.moves[-1]
    if row.state != S.SENDING:
        if row.lease_token or row.lease_until or row.started_at:
            yield f"it is {row.state} and has a lease"
    elif not (row.lease_token and row.lease_until):
        yield "it is sending without a lease"
    elif row.lease_token != claimed.lease_token:
        yield "its lease is another than it was claimed under"
    elif claimed.lease_until and row.lease_until < claimed.lease_until:
        yield "its lease ends before the one that it was claimed under"
    elif row.lease_until > max(case.now + 2 * case.lease, claimed.lease_until or case.now):
        yield "its lease ends later than any lease can"


# --- the envelopes ------------------------------------------------------------------------------------------------


def envelope(case: Case) -> Iterator[str]:
    """The row's envelope is the last one in the ledger; only a row whose try has started may have a newer one."""
    row, last = case.row, [move for move in case.generations[-1] if move.became != S.SENDING][-1:]
    told = last[0].envelope_id if last else None
    if row.state == S.SENDING and row.started_at:
        if not row.envelope_id:
            yield "it has been started without an envelope"
    elif row.envelope_id != told:
        yield f"its envelope is {row.envelope_id}, but by its ledger {told}"


def envelopes(case: Case) -> Iterator[str]:
    """Every envelope that the delivery was in exists, has the same recipient, and is unchanged since its commit."""
    row = case.row
    for id_ in sorted(case.envelope_ids):
        one = case.envelopes.get(id_)
        if one is None:
            yield f"its envelope {id_} is gone"
        elif any(getattr(one, name) != getattr(row, name) for name in _WHERE_TO):
            yield f"its envelope {id_} is for another person or subscriber, channel or medium"
        elif not _as_committed(one, case.digests_since):
            yield f"its envelope {id_} is not as it was when it was committed"
        elif one.inside > (one.members or 1):
            yield f"its envelope {id_} was made of {one.members or 1}, and {one.inside} are in it"


def _as_committed(one: Row, digests_since: str) -> bool:
    """Whether the envelope matches its digest; older ones, committed before digests were stored, cannot be judged."""
    if one.digest is None:
        return one.id < digests_since
    return one.digest == digest(one._mapping, one.body_hash or "")


def replaced(case: Case) -> Iterator[str]:
    """An envelope that took another's place within a generation (that one had lost a member, or could not be sent)
    names it: a receiver must be able to tell what it may have got already."""
    for generation in case.generations:
        named = [move.envelope_id for move in generation if move.envelope_id]
        for before, after in pairwise(named):
            one = case.envelopes.get(after)
            if before != after and one is not None and one.replaces != before:
                yield f"its envelope {after} followed {before} and does not say so"


def later_words(case: Case) -> Iterator[str]:
    """A move by the far side's later word matches the word on the envelope, and a ``sent`` row's envelope has no later
    word."""
    for move in case.moves:
        if move.was != S.SENT or move.became not in (S.DELIVERED, S.UNDELIVERABLE):
            continue
        one = case.envelopes.get(move.envelope_id)
        if move.by != later_word.BY:
            yield f"it became {move.became} by {move.by}, though only the far side can say so"
        elif one is not None and (one.far_state, one.far_reason) != (move.became, move.reason):
            told = f"{one.far_state or 'nothing'} {one.far_reason or ''}".strip()
            yield f"it became {move.became} {move.reason or ''} by the far side's word, which was {told}"
    last = case.envelopes.get(case.row.envelope_id)
    if case.row.state == S.SENT and last is not None and last.far_state:
        yield f"it is sent, but the far side's word of it was {last.far_state}"


# --- times --------------------------------------------------------------------------------------------------------


def due(case: Case) -> Iterator[str]:
    """Nothing is due before it becomes visible. An untouched generation is due at the post's time, or when it was sent
    again."""
    row, untouched = case.row, len(case.generations[-1]) == 1
    if row.visible_at is None:
        return
    if row.due_at < row.visible_at:
        yield "it is due before it is to be seen"
    elif untouched and not _begun(case) <= row.due_at <= _begun(case) + _batched(case):
        yield "it is due at another time than it was queued for"


def expiry(case: Case) -> Iterator[str]:
    """The row expires after the message's time to live, which *send again* restarts. Rows of subscribers are not
    checked: theirs may come from a policy as it was then, which is not stored."""
    row = case.row
    if row.visible_at is None or row.subscriber_id is not None:
        return
    if row.expires_at != _begun(case) + (row.message_expires_at - row.visible_at):
        yield "it expires at another time than its message says"


def _begun(case: Case) -> datetime:
    """The earliest time at which the present generation may go out."""
    again = len(case.generations) > 1 or case.row.subscriber_id is not None  # its delivery may be younger
    return max(case.generations[-1][0].at, case.row.visible_at) if again else case.row.visible_at


def _batched(case: Case) -> timedelta:
    """How much later than that the channel's interval may have put the first try; unknown, so any time, for an edited
    channel."""
    if len(case.generations) > 1 or case.rules is None:
        return timedelta()
    return timedelta(seconds=case.rules.every_s) if case.rules.unedited else timedelta(days=36500)


def ending(case: Case) -> Iterator[str]:
    """A row in a final state has the time of that move as its end; a pending row has none."""
    row = case.row
    ends = {move.at for move in case.generations[-1] if move.became in FINAL}
    if row.state in FINAL and row.ended_at not in ends:
        yield f"it ended at {row.ended_at or 'no time'}, which is not in its ledger"
    if row.state in PENDING and row.ended_at:
        yield f"it is {row.state} and has ended"


Rule = Callable[[Case], Iterator[str]]
RULES: tuple[Rule, ...] = (
    chain,
    lease_tokens,
    counted_generations,
    reasons,
    leases,
    envelope,
    envelopes,
    replaced,
    later_words,
    due,
    expiry,
    ending,
)
