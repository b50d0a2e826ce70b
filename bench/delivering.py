"""What every row does that delivers: post to a crowd, drain, and demand that all of it was written down."""

from sqlalchemy import func, select

from bench.cost import measured
from bench.installation import Installation
from bench.servers import Sink
from webapp.models._columns import table_of
from webapp.models.delivery import Move
from webapp.models.envelope import Attempt

_MOVES = 2  # of a delivery that goes well: claimed, sent


def deliver(installation: Installation, sink: Sink, to: list[str]) -> dict[str, float]:
    """Post to all of them, and ``delivered``; the post is not counted."""
    installation.post(to)
    return delivered(installation, sink, len(to))


def delivered(installation: Installation, sink: Sink, count: int) -> dict[str, float]:
    """``rate`` a second and ``cpu`` seconds per 1,000 of what is due, which is so much. Raises AssertionError where
    anything was lost, sent twice or not written down."""
    before = _written_down(installation, sink)
    with measured() as cost:
        became = installation.drain()
    came = [now - then for now, then in zip(_written_down(installation, sink), before, strict=True)]
    assert became == {"sent": count}, became
    assert came == [count, count, _MOVES * count], came
    return cost.rate(count)


def _written_down(installation: Installation, sink: Sink) -> tuple[int, int, int]:
    """What the far side has got; attempts that went well; moves."""
    went_well = select(func.count()).select_from(table_of(Attempt)).where(Attempt.outcome == "accepted")
    moved = select(func.count()).select_from(table_of(Move))
    [attempts], [moves] = (installation.house.asked(it)[0] for it in (went_well, moved))
    return sink.count, attempts, moves
