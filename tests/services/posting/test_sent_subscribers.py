"""Sent: what a sender reads of the subscribers that a message went to as well."""

import pytest
from sqlalchemy import update

from tests.support.sentences import plain
from tests.support.subscribers import queued_for, subscriber
from webapp.domain.delivery_state import DeliveryState as S
from webapp.models.delivery import Delivery
from webapp.services.people import accounts
from webapp.services.posting import sent
from webapp.services.posting.sent import Outcome


@pytest.fixture
def edith(world):
    return {"user_id": accounts.get(username="edith").id, "now": world.clock.now()}


@pytest.fixture
def told(world):
    """The id of a message that went to three subscribers, of which one has it."""
    ids = queued_for(world, *(subscriber(world, name=name) for name in ("crm", "archive", "billing")))
    world.execute(update(Delivery).where(Delivery.id == ids[1]).values(state="sent", ended_at=world.clock.now()))
    return world.rows()[0].message_id


def test_subscribers_are_counted_apart_from_people(world, edith, told):
    world.clock.advance(1)
    world.post("emil")
    people, subscribers_only = sent.page(**edith).entries
    assert (people.recipients, people.outcomes, people.told) == (1, (Outcome(S.QUEUED, 1),), 3)
    assert (subscribers_only.recipients, subscribers_only.outcomes, subscribers_only.told) == (0, (), 3)
    assert subscribers_only.subscribers == (Outcome(S.QUEUED, 2), Outcome(S.SENT, 1))
    assert not subscribers_only.final


def test_each_is_named_with_what_became_of_it(world, edith, told):
    it = sent.get(id=told, **edith)
    assert [(one.who.display_name, one.ways[0].state) for one in it.subscribers] == [
        ("archive", S.SENT), ("billing", S.QUEUED), ("crm", S.QUEUED),
    ]  # fmt: skip
    assert plain(it.subscribers[0].ways[0].sentence).startswith("This was handed over for archive by webhook at")


def test_only_those_in_one_state(world, edith, told):
    it = sent.get(id=told, state=S.SENT, **edith)
    assert [one.who.display_name for one in it.subscribers] == ["archive"]


def test_the_version_moves_with_them(world, edith, told):
    before = sent.version_of(id=told, **edith)
    world.execute(update(Delivery).values(state="sent"))
    assert sent.version_of(id=told, **edith) != before
    assert sent.get(id=told, **edith).entry.final
