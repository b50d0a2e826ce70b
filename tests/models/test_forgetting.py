"""Deleting is as quick in a full house as in an empty one, and reaches every earlier envelope."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.looking import looked_at
from tests.support.rivals import Rival
from tests.support.subscribers import queued_for, subscriber
from tests.support.world import FarSide
from webapp.database import reading, writing
from webapp.extensions import db
from webapp.models import arrows, by_hand, forgetting
from webapp.models._ids import new_id
from webapp.models.delivery import Delivery
from webapp.models.envelope import Attempt, Envelope
from webapp.models.message import Message, UserNotification, count_more
from webapp.services.auditing import audit


def test_the_envelopes_of_earlier_generations_go_too(world):
    world.post()
    for generation in (1, 2):
        world.execute(update(Delivery).values(state="queued", generation=generation))
        world.dispatch()
    assert (world.count(Envelope), world.count(Attempt)) == (2, 2)
    before = world.clock.advance(1)
    with writing(world.session) as session:
        assert forgetting.count_old(session, channel_id=1, before=before) == 1
        assert forgetting.delete_old(session, channel_id=1, before=before, limit=10) == 1
        forgetting.delete_unused_bodies(session)
    assert [world.count(table) for table in (Envelope, Attempt, Delivery, UserNotification, Message)] == [0] * 5


def test_an_envelope_that_another_delivery_is_in_stays(world):
    world.post("emil", "edith")
    world.dispatch()
    first, other = world.rows()
    world.execute(update(Delivery).where(Delivery.id == other.id).values(envelope_id=first.envelope_id))
    world.execute(update(UserNotification).where(UserNotification.id == other.notification_id).values(starred=True))
    with writing(world.session) as session:
        before = world.clock.now() + timedelta(seconds=1)
        assert forgetting.delete_old(session, channel_id=1, before=before, limit=10) == 1
    assert world.session.get(Envelope, first.envelope_id) is not None


def test_deleting_a_copy_looks_for_its_deliveries_by_an_index():
    assert "ix_delivery_notification_id" in {index.name for index in Delivery.__table__.indexes}


# --- what subscribers were told of ----------------------------------------------------------------------------------


@pytest.fixture
def archive(world):
    return subscriber(world)


def left(world, **asked):
    before = world.clock.now() + timedelta(seconds=1)
    with writing(world.session) as session:
        counted = forgetting.count_left(session, channel_id=1, before=before)
        deleted = forgetting.delete_left(session, channel_id=1, before=before, limit=10)
    assert counted == deleted
    return deleted


def test_a_message_for_subscribers_alone_goes_whole(world, archive):
    queued_for(world, archive)
    assert left(world) == 0  # it is still to be sent
    world.execute(update(Delivery).values(state="sent"))
    assert (left(world), world.count(Delivery), world.count(Message)) == (1, 0, 0)


def test_one_that_people_have_a_copy_of_goes_with_the_last_of_them(world, archive):
    world.post()
    world.execute(update(Delivery).values(state="sent"))
    assert left(world) == 0
    with writing(world.session) as session:
        before = world.clock.now() + timedelta(seconds=1)
        assert forgetting.delete_old(session, channel_id=1, before=before, limit=10) == 1
    assert [row.medium for row in world.rows()] == ["webhook"]
    assert (left(world), world.rows(), world.count(Message)) == (1, [], 0)


def test_what_is_of_people_goes_with_what_subscribers_were_told_of_it(world, archive):
    queued_for(world, archive)
    world.post()
    edith = world.session.get(Message, world.rows()[0].message_id).sender_id
    with writing(world.session) as session:
        while forgetting.delete_between(session, user_ids=[edith], limit=1):
            pass
    assert (world.count(Message), world.rows()) == (0, [])


def test_so_many_messages_at_once_as_have_one_batch_of_deliveries(world, archive, monkeypatch):
    queued_for(world, archive, subscriber(world, name="second"), count=3)
    world.execute(update(Delivery).values(state="sent"))
    asked = {"channel_id": 1, "before": world.clock.advance(1), "limit": 10}
    for most, gone in ((5, 2), (1, 1), (1, 0)):
        monkeypatch.setattr(forgetting, "DELIVERIES", most)
        with writing(world.session) as session:
            assert forgetting.delete_left(session, **asked) == gone
    assert (world.count(Message), world.rows()) == (0, [])


# --- beside others --------------------------------------------------------------------------------------------------


NEW_DELIVERY = {
    "user_id": None, "notification_id": None, "generation": 1, "failures": 0, "crashes": 0, "raises": 0,
}  # fmt: skip


@pytest.fixture
def while_another(world):
    """``while_another(act)``: what has been sent and is old is deleted while another's transaction, in which they
    ``act``, is open."""
    before = world.clock.now() + timedelta(seconds=1)
    world.far["webhook"] = FarSide("webhook")

    def delete():
        for some in (forgetting.delete_old, forgetting.delete_left):
            with writing(db.session) as session:
                some(session, channel_id=1, before=before, limit=10)

    def run(act):
        rival = Rival(world.app, delete)
        with writing(world.session) as session:
            act(session)
            rival.begin()
        rival.end()
        assert audit.check(now=world.clock.now()) == []

    return run


def test_two_that_delete_the_same_take_it_off_once(world, while_another):
    world.post("emil", "edith")
    world.dispatch()
    mine = UserNotification.user_id == 1
    world.execute(update(UserNotification).where(mine).values(starred=True))
    before = world.clock.now() + timedelta(seconds=1)
    while_another(lambda session: forgetting.delete_old(session, channel_id=1, before=before, limit=10))
    assert [row.user_id for row in world.rows()] == [1]


def test_two_that_delete_the_last_of_an_envelope_leave_none(world, while_another):
    for subject in ("first", "second"):
        world.post(subject=subject)
    world.dispatch()
    world.execute(update(Delivery).values(envelope_id=world.rows()[0].envelope_id))
    before = world.clock.now() + timedelta(seconds=1)
    while_another(lambda session: forgetting.delete_old(session, channel_id=1, before=before, limit=1))
    assert [world.count(table) for table in (Delivery, Attempt, Envelope)] == [0, 0, 0]


def test_a_copy_that_is_starred_at_that_moment_stays(world, while_another):
    world.post()
    world.dispatch()
    while_another(lambda session: session.execute(update(UserNotification).values(starred=True)))
    assert world.count(UserNotification) == 1


def test_what_is_sent_again_at_that_moment_stays(world, archive, while_another):
    world.post()
    queued_for(world, archive)
    world.dispatch()
    with reading(world.session) as session:
        seen = by_hand.look(session, [row.id for row in world.rows(state="sent")])
    while_another(lambda session: by_hand.send_again(session, seen, now=world.clock.now(), by="olga"))
    assert world.states() == ["queued"] * 3


def test_a_message_that_gets_another_delivery_at_that_moment_stays(world, archive, while_another):
    first = queued_for(world, archive)[0]
    world.dispatch()
    second, [row] = subscriber(world, name="second", filters={}), world.rows(id=first)

    def make_up(session):
        assert count_more(session, [row.message_id], name="webhook") == {row.message_id}
        same = {name: getattr(row, name) for name in ("message_id", "channel_id", "medium", "due_at", "expires_at")}
        new = same | {"id": new_id(world.clock.now()), "subscriber_id": second, "retries_left": 8}
        arrows.queue(session, [NEW_DELIVERY | new], now=world.clock.now(), by="ada")

    while_another(make_up)
    assert sorted(world.states()) == ["queued", "sent"]


# --- how much it looks at -------------------------------------------------------------------------------------------

SEEN_WHOLE = {"state_news"}  # what is told is taken out: there are few, and never for long


def whole_tables(found):
    """The tables that a plan of these reads from end to end."""
    read = re.compile(r"^\s*(?:SCAN|Seq Scan) (\w+)(?! VIRTUAL)", re.MULTILINE)
    return {name for one in found for name in read.findall(one.plan)} & (set(db.metadata.tables) - SEEN_WHOLE)


def test_no_statement_of_a_batch_reads_a_whole_table(world, archive):
    world.post()
    queued_for(world, archive)
    world.dispatch()
    world.execute(update(Delivery).values(state="sent"))
    asked = {"channel_id": 1, "before": world.clock.advance(1), "limit": 10}
    for some, table in ((forgetting.delete_old, UserNotification), (forgetting.delete_left, Message)):
        found = looked_at(world.session, lambda session, some=some: some(session, **asked), few=True)
        assert any(one.statement.startswith(f"DELETE FROM {table.__tablename__}") for one in found)
        assert not whole_tables(found), "\n\n".join(str(one) for one in found if whole_tables([one]))


def test_a_try_of_one_delivery_goes_from_an_envelope_that_stays(world):
    world.post("emil", "edith")
    world.dispatch()
    first, other = world.rows()
    world.execute(update(Delivery).where(Delivery.id == other.id).values(envelope_id=first.envelope_id))
    own = update(Attempt).where(Attempt.envelope_id == first.envelope_id)
    world.execute(own.values(delivery_id=first.id))
    world.execute(update(UserNotification).where(UserNotification.id == other.notification_id).values(starred=True))
    with writing(world.session) as session:
        before = world.clock.now() + timedelta(seconds=1)
        assert forgetting.delete_old(session, channel_id=1, before=before, limit=10) == 1
    assert [row.delivery_id for row in world.attempts()] == [None]


def test_however_many_there_are_they_are_no_more_parameters(world, archive, statements):
    asked = []
    for count in (1, 7):
        for name in world.crowd(count) if count > 1 else ["emil"]:
            world.post(name)
        queued_for(world, archive, count=count)
        world.dispatch()
        world.execute(update(Delivery).values(state="sent"))
        before = world.clock.advance(1)
        with statements() as told, writing(world.session) as session:
            assert forgetting.delete_old(session, channel_id=1, before=before, limit=20) == count
            assert forgetting.delete_left(session, channel_id=1, before=before, limit=20) == 2 * count
        asked.append(told)
    assert asked[0] == asked[1]
