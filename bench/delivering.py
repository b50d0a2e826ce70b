"""What every delivering row does: post to many recipients, drain the queue, and check that everything was written
down."""

from sqlalchemy import func, select

from bench.cost import measured
from bench.installation import Installation
from bench.servers import Sink
from webapp.models._columns import table_of
from webapp.models.delivery import Move
from webapp.models.envelope import Attempt

_MOVES = 2  # of a successful delivery: claimed, sent


def deliver(installation: Installation, sink: Sink, to: list[str]) -> dict[str, float]:
    """Post to all of them, then ``delivered``; the time of the post does not count."""
    installation.post(to)
    return delivered(installation, sink, len(to))


def delivered(installation: Installation, sink: Sink, count: int) -> dict[str, float]:
    """``rate`` per second and ``cpu`` seconds per 1,000, for ``count`` due deliveries. Raises AssertionError where any
    was lost, sent twice or not written down."""
    before = _written_down(installation, sink)
    with measured() as cost:
        became = installation.drain()
    came = [now - then for now, then in zip(_written_down(installation, sink), before, strict=True)]
    assert became == {"sent": count}, became
    assert came == [count, count, _MOVES * count], came
    return cost.rate(count)


def _written_down(installation: Installation, sink: Sink) -> tuple[int, int, int]:
    """The messages that the far side has got, the successful attempts, and the moves."""
    went_well = select(func.count()).select_from(table_of(Attempt)).where(Attempt.outcome == "accepted")
    moved = select(func.count()).select_from(table_of(Move))
    [attempts], [moves] = (installation.house.asked(it)[0] for it in (went_well, moved))
    return sink.count, attempts, moves
