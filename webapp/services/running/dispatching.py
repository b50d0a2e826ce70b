"""One pass of the engine on demand: it ends once everything that was due when it began is written down."""

from collections.abc import Sequence

from webapp.delivery.lot import Kind
from webapp.delivery.pipeline import Engine
from webapp.delivery.resident import drain
from webapp.services.running import job_orders


def one_pass(*, engine: Engine, kinds: Sequence[str]) -> dict[str, int]:
    """Run ``dispatcher`` or ``resender`` (or both) once. Returns how many deliveries reached each state.

    Raises Conflict where an administrator has paused one of them.
    """
    job_orders.refuse_paused(jobs=kinds, now=engine.clock.now())
    return drain(engine, [Kind(kind) for kind in kinds]).counts()
