"""What must be true of a delivery's tries: they match its ledger, and their costs were counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from webapp.domain.breaker import LONGEST_ASKED_S
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import RAISED, Reason
from webapp.services.auditing._fit import Case, Row, Rule

ENGINE = ("dispatcher", "resender")
# Reasons for which the engine lets go of a delivery without having tried it, or without counting the try.
WAITS = {Reason.NOT_YET, Reason.IF_UNREAD, Reason.DIGESTED, Reason.QUIET_HOURS}
UNTRIED = {*WAITS, Reason.RATE_LIMITED, *RAISED}
FREE = {Reason.PROVIDER_PAUSED, Reason.NO_PROVIDER, None}
SETTLED = {S.SENT, S.RETRYING, S.UNDELIVERABLE, S.UNKNOWN}


@dataclass(slots=True)
class Part:
    """One generation of a delivery: its moves out of ``sending``, each with the claim before it, and its tries, both by
    sort."""

    number: int
    settled: list[tuple[Row, Row]] = field(default_factory=list)  # a claim and the move that its counted try led to
    crashed: list[Row] = field(default_factory=list)
    raised: int = 0
    spared: int = 0  # tries that the engine made and did not count
    expired: tuple[Row, Row] | None = None  # the claim and the move by which it expired, before its try or by it
    counted: list[Row] = field(default_factory=list)
    died: list[Row] = field(default_factory=list)
    uncounted: list[Row] = field(default_factory=list)

    @property
    def failed(self) -> list[Row]:
        """The counted tries that were not accepted."""
        return [one for one in self.counted if one.outcome != "accepted"]


def part(case: Case, number: int) -> Part:
    """The generation ``number``, counted from 1, with the tries of its envelopes."""
    made = Part(number)
    moves = case.generations[number - 1]
    for claim, move in pairwise(moves):
        if move.was == S.SENDING:
            _sort_move(made, claim, move)
    last = number == len(case.generations)
    named = {move.envelope_id for move in moves} | ({case.row.envelope_id} if last else set())
    for id_ in sorted(id_ for id_ in named if id_):
        for one in case.tries.get(id_, ()):
            _sort_try(made, case.row.id, one)
    for tries in (made.counted, made.died, made.uncounted):
        tries.sort(key=lambda one: one.id)
    if made.expired and len(made.counted) == len(made.settled) + 1:
        made.settled.append(made.expired)
    return made


def _sort_move(made: Part, claim: Row, move: Row) -> None:
    if move.reason in RAISED:
        made.raised += move.by in ENGINE  # a move by anybody else called no plugin
    elif move.by == "sweep" and move.reason == Reason.PROCESS_DIED:
        made.crashed.append(move)
    elif move.by in ENGINE and move.became == S.CANCELLED:
        made.expired = (claim, move)
    elif move.by in ENGINE and move.became == S.RETRYING and move.reason is None:
        made.spared += 1
    elif move.by in ENGINE and move.became in SETTLED and _was_tried(move):
        made.settled.append((claim, move))


def _was_tried(move: Row) -> bool:
    return move.became != S.RETRYING or move.reason not in UNTRIED | FREE


def _sort_try(made: Part, delivery_id: str, one: Row) -> None:
    if one.delivery_id not in (None, delivery_id):
        return  # a try for another delivery alone; a try of the whole envelope names no delivery
    if one.trigger == "sweep":
        made.died.append(one)
    elif one.counted:
        made.counted.append(one)
    else:
        made.uncounted.append(one)


def tries(case: Case) -> Iterator[str]:
    """Each outcome in the ledger has a try with that outcome, and no further try was counted."""
    for number in range(1, len(case.generations) + 1):
        made = part(case, number)
        if len(made.counted) != len(made.settled):
            yield f"its ledger tells of {len(made.settled)} counted tries; {len(made.counted)} are written down"
        if len(made.died) != len(made.crashed):
            yield f"its ledger tells of {len(made.crashed)} crashes; {len(made.died)} are written down"
        if len(made.uncounted) < made.spared:
            yield f"its ledger tells of {made.spared} tries that cost nothing; {len(made.uncounted)} are written down"
        yield from _numbers(made)
        yield from _outcomes(made)


def _numbers(made: Part) -> Iterator[str]:
    """Counted tries are numbered 1, 2, 3 …; an uncounted one has the number of the next counted one."""
    if [one.number for one in made.counted] != list(range(1, len(made.counted) + 1)):
        yield f"its tries are numbered {', '.join(str(one.number) for one in made.counted)}"
    if any(not 1 <= one.number <= len(made.counted) + 1 for one in (*made.died, *made.uncounted)):
        yield "a try that was not counted has a number that there cannot be"
    if any(one.generation != made.number for one in (*made.counted, *made.died, *made.uncounted)):
        yield "a try of its envelope says another generation"


def _outcomes(made: Part) -> Iterator[str]:
    for (claim, move), one in zip(made.settled, made.counted, strict=False):
        if not _leads_to(one, move):
            told = f"{one.outcome} {one.reason or ''}".strip()
            yield f"its try {one.number} was {told}, but by its ledger {move.became} {move.reason or ''}".rstrip()
        elif not claim.at <= one.started_at <= move.at:
            yield f"its try {one.number} was made outside of the time in which it was being sent"


def _leads_to(one: Row, move: Row) -> bool:
    if one.outcome == "accepted":
        return move.became == S.SENT and one.reason is None
    same = one.reason == move.reason
    if one.outcome == "permanent":
        return move.became == S.UNDELIVERABLE and same
    if one.outcome not in ("temporary", "configuration") or one.certainty is None or one.reason is None:
        return False
    exhausted = move.reason == Reason.EXHAUSTED and move.became in (S.UNDELIVERABLE, S.UNKNOWN)
    return exhausted or move.became == S.CANCELLED or (same and move.became in (S.RETRYING, S.UNKNOWN))


def costs(case: Case) -> Iterator[str]:
    """The row's failures, crashes and raises are those of its present generation."""
    made, row = part(case, len(case.generations)), case.row
    if row.failures != len(made.failed):
        yield f"it counts {row.failures} failures; there were {len(made.failed)}"
    crashes = sum(move.became != S.UNKNOWN for move in made.crashed)
    if row.crashes != crashes:
        yield f"it counts {row.crashes} crashes; there were {crashes}"
    if row.raises != made.raised:
        yield f"it counts {row.raises} raises of a plugin; there were {made.raised}"


def tries_left(case: Case) -> Iterator[str]:
    """The tries left match a policy that was never edited; for an edited one only the end is checked: exhausted means
    none left."""
    row, left = case.row, case.row.retries_left
    if case.rules and case.rules.unedited and row.type is not None:
        allowed = max(case.rules.policy.attempts_for(row.type) - row.failures, 0)
        if left != allowed:
            yield f"it has {left} tries left; its policy allows {allowed}"
    elif left < 0 or (left > 0 and row.reason == Reason.EXHAUSTED):
        yield f"it has {left} tries left"


def failed_at(case: Case) -> Iterator[str]:
    """The row's last failure is the end of a try, and its retry is due after the delay drawn then."""
    row, made = case.row, part(case, len(case.generations))
    ends = [_end(one) for one in (*made.counted, *made.uncounted) if one.outcome != "accepted"]
    if row.failed_at is None:
        if made.failed:
            yield "it has failed and says not when"
    elif row.failed_at not in ends or (made.failed and row.failed_at < _end(made.failed[-1])):
        yield f"it failed at {row.failed_at}, when none of its last tries ended"
    elif row.state == S.RETRYING and _waits_by_policy(made, case.generations[-1]):
        yield from _delay(case)


def _waits_by_policy(made: Part, moves: Sequence[Row]) -> bool:
    """Whether the last counted try was also the generation's last move."""
    return bool(made.settled) and made.settled[-1][1] is moves[-1]


def _delay(case: Case) -> Iterator[str]:
    """The delay is as drawn, or longer where the far side asked for more, up to a limit."""
    row = case.row
    drawn_s = row.last_delay_s or 0.0
    longest_s = max(drawn_s, LONGEST_ASKED_S, (case.rules and case.rules.policy.max_delay_s) or 0.0)
    waits = row.due_at - row.failed_at
    if not timedelta(seconds=drawn_s) <= waits <= timedelta(seconds=longest_s) or row.due_at >= row.expires_at:
        yield f"it is due at {row.due_at}, which does not follow from its last failure"


def _end(one: Row) -> object:
    return one.started_at + timedelta(milliseconds=one.ms)


RULES: tuple[Rule, ...] = (tries, costs, tries_left, failed_at)
