"""The strip of a delivery: the stops on its way so far, and the one ahead, made from its ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from webapp.domain.delivery_state import FINAL
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.domain.said import CHOSEN_TIMES


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the ledger."""

    was: S | None
    became: S
    at: datetime
    by: str
    reason: Reason | None = None


class Mark(StrEnum):
    """What a stop marks: the beginning, a state that has passed, tries, the present state, or what lies ahead."""

    POSTED = "posted"
    SENT_AGAIN = "sent again"
    PASSED = "passed"
    TRIED = "tried"
    STANDS = "stands"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop. ``lasted`` is the time until the next one; None for the present state, and for what lies ahead."""

    mark: Mark
    state: S
    at: datetime | None = None
    lasted: timedelta | None = None
    tries: int = 0
    reason: Reason | None = None


def strip(ledger: Sequence[Step], tried_at: Sequence[datetime]) -> tuple[Stop, ...]:
    """The stops of the present generation; earlier ones have ended. ``ledger`` is complete and in order.

    ``tried_at`` has the times at which tries began: being claimed and given back is no try. Tries in a row are one
    stop.
    """
    own = current(ledger)
    first, last = own[0], own[-1]
    begun = Stop(Mark.SENT_AGAIN if first.was else Mark.POSTED, S.QUEUED, first.at)
    waiting = sorted(tried_at)
    between = [stop for here, after in pairwise(own[1:]) if (stop := _passed(here, after.at, waiting))]
    stands = Stop(Mark.STANDS, last.became, last.at, reason=last.reason)
    ahead = [] if last.became in FINAL else [Stop(Mark.AHEAD, S.SENT)]
    return (*_with_durations([begun, *_merged(between), stands]), *ahead)


def current(ledger: Sequence[Step]) -> Sequence[Step]:
    """The ledger since the delivery was posted or last sent again."""
    begins = [n for n, step in enumerate(ledger) if step.became is S.QUEUED and (step.was is None or step.was in FINAL)]
    return ledger[begins[-1] if begins else 0 :]


def _passed(here: Step, until: datetime, tried_at: list[datetime]) -> Stop | None:
    """The stop for a step that has passed, or None: tries; being held; waiting for a time that the recipient chose; and
    an end that was not the last word.

    A try is removed from ``tried_at``, so that it counts once even where one claim ends at the moment the next one
    begins.
    """
    if here.became is S.SENDING:
        mine = [at for at in tried_at if here.at <= at <= until][:1]
        tried_at[:] = [at for at in tried_at if at not in mine]
        return Stop(Mark.TRIED, S.SENDING, here.at, tries=1) if mine else None
    if here.became is S.HELD or here.became in FINAL or here.reason in CHOSEN_TIMES:
        return Stop(Mark.PASSED, here.became, here.at, reason=here.reason)
    return None


def _merged(stops: Sequence[Stop]) -> list[Stop]:
    """Tries in a row as one stop, with the time of the first."""
    merged: list[Stop] = []
    for stop in stops:
        if merged and merged[-1].mark is stop.mark is Mark.TRIED:
            merged[-1] = replace(merged[-1], tries=merged[-1].tries + stop.tries)
        else:
            merged.append(stop)
    return merged


def _with_durations(stops: Sequence[Stop]) -> list[Stop]:
    timed = [replace(stop, lasted=after.at - stop.at) for stop, after in pairwise(stops) if stop.at and after.at]
    return [*timed, stops[-1]]
