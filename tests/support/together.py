"""Helpers for tests of mails with several deliveries."""

from typing import Any

from sqlalchemy import select

from tests.support.world import World
from webapp.domain.envelope import Blame, Certainty, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models._columns import table_of
from webapp.models.envelope import Envelope

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
HIS_BOX_IS_BUSY = TemporaryFailure(Reason.SERVER_BUSY, "452 later", blame=Blame.RECIPIENT)
SILENT = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "nothing", certainty=Certainty.MAY_HAVE_ARRIVED)


def parts(world: World) -> list[int]:
    """The number of deliveries in each sent envelope, in order, by the subjects in its text."""
    return [sum(f"news {number}" in envelope.text for number in range(1, 10)) for envelope in world.mail.sent]


def stored(world: World) -> dict[str, Any]:
    """All envelopes by their ids."""
    return {row.id: row for row in world._all(select(table_of(Envelope)))}


def later(world: World, seconds: float = 60) -> dict[str, int]:
    """One pass of later tries, after so many seconds."""
    world.clock.advance(seconds)
    return world.retry()
