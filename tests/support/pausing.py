"""A provider that fails, and what an operator would see of it."""

from sqlalchemy import select

from webapp.database import writing
from webapp.delivery.lot import Kind
from webapp.delivery.resident import drain
from webapp.domain.envelope import ConfigurationFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.message import Message
from webapp.models.provider import ProviderHealth

NO_KEY = ConfigurationFailure(Reason.AUTH, "535 no")
DOWN = TemporaryFailure(Reason.CONNECT_REFUSED, "refused")


def a_pass(world, **settings):
    """The results of one pass of each kind; later tries first, since the sweep runs with them."""
    return drain(world.engine(**settings), [Kind.LATER, Kind.FRESH]).counts()


def health(world):
    with writing(world.session) as session:
        one = session.get(ProviderHealth, 1)
        return one.paused_reason, one.pauses


def rest(world):
    """Advance the clock past the provider's pause and the next sweep."""
    with writing(world.session) as session:
        until = session.get(ProviderHealth, 1).paused_until
    world.clock.advance(until - world.clock.now())


def alerts(world):
    with writing(world.session) as session:
        return list(session.scalars(select(Message.subject).where(Message.system_sender == "Belfry")))
