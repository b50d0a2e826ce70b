"""Messages and copies: written together, and read once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from webapp.database import writing
from webapp.models.message import Message, PostingKey, UserNotification, mark_read, mark_unread

EVERY = select(UserNotification.id)


@pytest.fixture
def copies(world):
    world.post("emil", "edith", key="k")

    def rows():
        world.session.rollback()
        return world.session.execute(select(UserNotification.id, UserNotification.read_at)).all()

    return rows


def test_a_post_is_a_message_its_key_and_a_copy_for_each(world, copies):
    assert [world.count(table) for table in (Message, PostingKey, UserNotification)] == [1, 1, 2]


def test_a_reading_keeps_its_first_time(world, copies):
    first, ids = world.clock.now(), {row.id for row in copies()}
    with writing(world.session) as session:
        assert set(mark_read(session, EVERY, now=first)) == ids
    with writing(world.session) as session:
        assert mark_read(session, EVERY, now=first + timedelta(minutes=1)) == []
    assert {row.read_at for row in copies()} == {first}


def test_unread_again(world, copies):
    with writing(world.session) as session:
        assert mark_unread(session, EVERY) == []
        mark_read(session, EVERY, now=world.clock.now())
    with writing(world.session) as session:
        assert len(mark_unread(session, EVERY)) == 2
    assert {row.read_at for row in copies()} == {None}


def test_only_those_of_the_selection(world, copies):
    one = copies()[0].id
    with writing(world.session) as session:
        assert mark_read(session, EVERY.where(UserNotification.id == one), now=world.clock.now()) == [one]
    assert [row.read_at is None for row in copies() if row.id != one] == [True]
