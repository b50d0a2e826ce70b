"""A mail of several that has lost a part before it is tried again, and what is tried again whole."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from tests.support.together import BUSY, SILENT, later, parts, stored
from webapp.database import writing
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Accepted
from webapp.domain.reason import Reason
from webapp.models import claims
from webapp.models.delivery import Delivery, Move
from webapp.models.message import Message, UserNotification
from webapp.models.policy import Policy
from webapp.services.queue import queue

pytestmark = pytest.mark.usefixtures("audited")


def cancel(world, id_):
    queue.cancel(ids=[id_], by="ada", now=world.clock.now())


def read(world, id_):
    [row] = world.rows(id=id_)
    world.execute(
        update(UserNotification).where(UserNotification.id == row.notification_id).values(read_at=world.clock.now())
    )


def expire(world, id_):
    """Before it is due again; behind the back of its message, whose own time to live is this now."""
    at = world.clock.now() + timedelta(seconds=30)
    [row] = world.rows(id=id_)
    world.execute(update(Message).where(Message.id == row.message_id).values(expires_at=at))
    world.execute(update(Delivery).where(Delivery.id == id_).values(expires_at=at))


LOSSES = {"cancelled": cancel, "filtered": read, "expired": expire}


@pytest.mark.parametrize("answer", [BUSY, SILENT], ids=["busy", "silent"])
@pytest.mark.parametrize("lost", LOSSES)
def test_the_rest_makes_a_new_one_that_names_the_old(world, post, lost, answer):
    world.mail.answer = [answer, BUSY, Accepted()]
    _, gone, _ = post()
    world.dispatch()
    LOSSES[lost](world, gone)
    assert later(world)["retrying"] == 2
    assert later(world, 300) == {"sent": 2}
    first, second, third = world.mail.sent
    assert parts(world) == [3, 2, 2]
    assert (second.replaces, third, first.id != second.id) == (first.id, second, True)
    assert second.references == first.message_id
    [row] = world.rows(id=gone)
    assert (row.envelope_id, row.state) == (first.id, "filtered" if lost == "filtered" else "cancelled")
    assert stored(world)[second.id].members == 2


def test_one_that_is_left_alone_is_a_mail_of_one(world, post):
    world.mail.answer = [BUSY, Accepted()]
    gone, left = post(2)
    world.dispatch()
    cancel(world, gone)
    assert later(world) == {"sent": 1}
    first, second = world.mail.sent
    assert (second.replaces, second.address, parts(world)) == (first.id, first.address, [2, 1])
    assert stored(world)[second.id].members is None
    assert [row.id for row in world.rows(envelope_id=second.id)] == [left]


def test_a_doubt_goes_over_to_what_takes_its_place(world, post):
    """The last failure of what may have arrived is no certain failure."""
    world.mail.answer = [SILENT, BUSY, BUSY, BUSY]
    gone, _ = post(2)
    world.dispatch()
    cancel(world, gone)
    for wait in (60, 300):
        assert later(world, wait) == {"retrying": 1}
    assert later(world, 3600) == {"unknown": 1}
    assert world.rows(state="unknown")[0].reason == "EXHAUSTED"


def test_what_was_deleted_is_missing_as_well(world, post):
    world.mail.answer = [BUSY, Accepted()]
    gone, *_ = post()
    world.dispatch()
    [row] = world.rows(id=gone)
    world.execute(delete(Move).where(Move.delivery_id == gone))
    world.execute(delete(Delivery).where(Delivery.id == gone))
    for table in (UserNotification, Message):
        key = Message.id if table is Message else UserNotification.message_id
        world.execute(delete(table).where(key == row.message_id))
    assert later(world) == {"sent": 2}
    assert parts(world) == [3, 2]


def test_one_that_is_tried_now_takes_the_others_with_it(world, post):
    world.mail.answer = [BUSY, Accepted()]
    _, one, _ = post()
    world.dispatch()
    queue.retry_now(ids=[one], by="ada", now=world.clock.now())
    assert world.retry() == {"sent": 3}
    assert len({envelope.id for envelope in world.mail.sent}) == 1


def test_what_is_held_of_it_goes_along(world, post):
    world.mail.answer = [BUSY, Accepted()]
    ids = post()
    world.dispatch()
    with writing(world.session) as session:
        at = world.clock.now()
        claims.move_where(
            session, S.RETRYING, S.HELD, Delivery.id.in_(ids[1:]), at=at, by="breaker", reason=Reason.RATE_LIMITED
        )
    assert later(world) == {"sent": 3}
    assert len({envelope.id for envelope in world.mail.sent}) == 1
    assert world.moves(ids[1])[-3:] == [("held", "retrying"), ("retrying", "sending"), ("sending", "sent")]


def test_one_of_which_a_part_is_out_of_reach_is_left_for_the_next_time(world, post):
    world.mail.answer = [BUSY, Accepted()]
    ids = post()
    world.dispatch()
    world.clock.advance(60)
    now = world.clock.now()
    with writing(world.session) as session:  # as a process does that has taken hold of it, and of no other
        made = claims.Claim(due=now, now=now, token="T" * 26, until=now + timedelta(seconds=60), by="resender")
        claims._claim_wanted(session, S.RETRYING, select(Delivery.id).where(Delivery.id == ids[0]), made, {})
    world.post("edith")
    assert world.retry() == {}
    world.clock.advance(60)
    assert world.retry() == {"retrying": 1, "sent": 3}, "its lease has run out"
    assert len({envelope.id for envelope in world.mail.sent}) == 1


def test_one_that_is_sent_again_has_a_mail_of_its_own(world, post):
    ids = post()
    world.dispatch()
    post(2)
    queue.send_again(ids=[ids[1]], by="ada", now=world.clock.now())
    assert world.dispatch(dispatch_batch=1) == {"sent": 3}
    first, *others = world.mail.sent
    assert sorted(envelope.replaces or "" for envelope in others) == ["", first.id]
    assert sorted(parts(world)) == [1, 2, 3]
    assert [row.envelope_id == first.id for row in world.rows()[:3]] == [True, False, True]


def test_those_of_one_mail_that_are_sent_again_together_are_one_again(world, post):
    ids = post()
    world.dispatch()
    queue.send_again(ids=ids[:2], by="ada", now=world.clock.now())
    assert world.dispatch() == {"sent": 2}
    first, second = world.mail.sent
    assert (second.replaces, parts(world)) == (first.id, [3, 2])


def test_types_with_other_rules_are_tried_again_together_as_long_as_all_may(world, post):
    """Where the first of its parts is due; and without that which may not be tried any more."""
    world.execute(
        update(Policy).where(Policy.name == "optimizely").values(rules={"short": {"once": {"retries": 0}}}, version=2)
    )
    world.mail.answer = [BUSY, Accepted()]
    post(2)
    [short] = post(1, type="short")
    world.dispatch()
    assert [row.state for row in world.rows(id=short)] == ["undeliverable"]
    assert later(world) == {"sent": 2}
    first, second = world.mail.sent
    assert second.replaces == first.id
