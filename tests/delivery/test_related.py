"""Related messages: what an attribute names, of what the same person has on the same channel."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from webapp.database import reading
from webapp.delivery.related import of, related
from webapp.models._columns import table_of
from webapp.models.message import Message
from webapp.services.people import accounts


@pytest.fixture
def look(world):
    """The subjects of what the newest message names, as somebody may look it up."""

    def seen(username="emil"):
        user_id, now = accounts.get(username=username).id, world.clock.now()
        with reading(world.session) as session:
            newest = select(table_of(Message)).order_by(table_of(Message).c.id.desc()).limit(1)
            [message] = session.execute(newest).mappings()
            return [
                one.subject for one in of(message, user_id, related(session, [message], [user_id], now=now)).values()
            ]

    return seen


def follow(world, former, *to, **message):
    world.clock.advance(1)
    world.post(*to, attributes={"follows": former.id, "colour": "red"}, **message)


def test_what_it_names_can_be_looked_up(world, look):
    follow(world, world.post(subject="First"))
    assert look() == ["First"]


def test_by_whoever_has_a_copy_and_nobody_else(world, look):
    world.person("ines")
    follow(world, world.post("emil", subject="First"), "emil", "ines")
    assert (look("emil"), look("ines")) == (["First"], [])


def test_not_from_another_channel(world, look):
    world.channel("team.other")
    follow(world, world.post(subject="First", channel="team.other"))
    assert look() == []


def test_not_before_its_time(world, look):
    follow(world, world.post(subject="First", at=world.clock.now() + timedelta(hours=1)))
    assert look() == []
    world.clock.advance(3600)
    assert look() == ["First"]


def test_what_names_nothing_asks_nothing(world):
    assert related(None, [{"attributes": {"colour": "red", "number": 7}}], [1], now=world.clock.now()) == {}
