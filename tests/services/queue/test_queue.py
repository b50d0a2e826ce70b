"""What persons do to the queue: what is done, what is skipped and why, who is told, and that nobody does it twice."""

from threading import Barrier, Thread

import pytest
from sqlalchemy import select, update

from tests.support.world import World
from webapp.domain import signals
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Accepted, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.delivery import Delivery
from webapp.models.envelope import Envelope
from webapp.services.queue import queue
from webapp.services.queue.queue import Filters

REFUSED = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user")
BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
ACTS = [queue.send_again, queue.retry_now, queue.cancel, queue.mark_arrived]


def told(world: World) -> dict:
    return {"by": "olga", "now": world.clock.now()}


def put(world, state, **columns):
    world.execute(update(Delivery).values(state=state, **columns))


def test_what_failed_is_sent_again_in_an_envelope_that_names_the_old_one(world):
    world.mail.answer = [REFUSED, Accepted()]
    world.post()
    world.dispatch()
    old = world.row.envelope_id
    assert queue.send_again(ids=[world.row.id], **told(world)).done == (world.row.id,)
    assert world.dispatch() == {"sent": 1}
    first, second = world.mail.sent
    assert (first.id, second.id) == (old, world.row.envelope_id)
    assert old != world.row.envelope_id
    assert world.session.get_one(Envelope, second.id).replaces == old
    assert [entry.by for entry in world.ledger()] == ["edith", "dispatcher", "dispatcher", "olga", *["dispatcher"] * 2]


def test_retrying_now_sends_the_same_envelope(world):
    world.mail.answer = [BUSY, Accepted()]
    world.post()
    world.dispatch()
    assert world.retry() == {}
    assert queue.retry_now(ids=[world.row.id], **told(world)).done == (world.row.id,)
    assert world.retry() == {"sent": 1}
    assert len({envelope.id for envelope in world.mail.sent}) == 1


def test_what_is_retried_with_nothing_to_send_it_by_is_held_again(bare_world):
    world = bare_world
    world.person("edith")
    world.channel()
    world.post("edith")
    world.dispatch()
    assert (world.row.state, world.row.reason) == ("held", "NO_PROVIDER")
    assert queue.retry_now(ids=[world.row.id], **told(world)).done
    assert world.retry() == {"held": 1}
    assert (world.row.retries_left, world.mail.sent) == (4, [])


def test_what_is_cancelled_never_leaves(world):
    world.post()
    assert queue.cancel(ids=[world.row.id], **told(world)).done == (world.row.id,)
    assert world.dispatch() == {}
    assert (world.row.state, world.row.reason, world.row.ended_at) == (
        "cancelled",
        "CANCELLED_BY_PERSON",
        told(world)["now"],
    )


def test_what_is_being_sent_is_not_cancelled(world, app):
    world.post()
    world.mail.hold()

    def send():
        with app.app_context():
            world.dispatch()
            db.session.remove()

    sender = Thread(target=send)
    sender.start()
    world.mail.wait_until_held(1)
    assert queue.cancel(ids=[world.row.id], **told(world)).skipped == {world.row.id: "It is already on its way."}
    world.mail.release()
    sender.join()
    assert (world.row.state, len(world.mail.sent)) == ("sent", 1)


def test_each_is_cancelled_or_sent_and_never_both(world, app):
    world.post(*world.crowd(60))
    ids, begin, cancelled = [row.id for row in world.rows()], Barrier(2), []

    def cancel():
        with app.app_context():
            begin.wait()
            for id in reversed(ids):
                cancelled.extend(queue.cancel(ids=[id], **told(world)).done)
            db.session.remove()

    other = Thread(target=cancel)
    other.start()
    begin.wait()
    world.dispatch(dispatch_batch=5)
    other.join()
    world.dispatch()
    sent = [row.id for row in world.rows(state="sent")]
    assert len(world.mail.sent) == len(sent)
    assert sorted(sent + cancelled) == ids


def test_what_arrived_after_all(world):
    world.post()
    put(world, "unknown")
    assert queue.mark_arrived(ids=[world.row.id], **told(world)).done == (world.row.id,)
    assert world.row.state == "delivered"


@pytest.mark.parametrize("act", ACTS)
def test_whatever_is_not_done_is_skipped_with_words(world, act):
    world.post()
    id = world.row.id
    for state in S:
        put(world, state)
        moves = len(world.moves())
        handled = act(ids=[id, id], **told(world))
        assert handled.done == (() if handled.skipped else (id,))
        assert len(world.moves()) == moves + len(handled.done)
        if handled.skipped:
            assert list(handled.skipped) == [id]
            assert handled.skipped[id].endswith(".")
            assert "has changed" not in handled.skipped[id]  # there is a reason of its own
            assert world.row.state == state


def test_what_is_not_there_is_skipped(world):
    given = ["0" * 26, "nonsense", "half \udcff", ""]
    for act in ACTS:
        handled = act(ids=given, **told(world))
        assert (handled.done, dict(handled.skipped)) == ((), dict.fromkeys(given, "There is no such delivery."))


def test_the_others_are_done_all_the_same(world):
    world.post("emil", "edith")
    one, other = world.rows()
    world.execute(update(Delivery).where(Delivery.id == one.id).values(state="sent"))
    handled = queue.cancel(ids=[other.id, one.id], **told(world))
    assert handled == queue.Handled((other.id,), {one.id: "It has been handed over already."})


def test_a_list_of_failures_does_not_send_again_what_has_gone_out_meanwhile(world):
    world.post()
    world.dispatch()
    handled = queue.send_again(ids=[world.row.id], only=queue.FAILED, **told(world))
    assert handled.skipped == {world.row.id: "It has changed since you saw it: look at it again."}
    assert queue.send_again(ids=[world.row.id], **told(world)).done == (world.row.id,)


def test_ten_thousand_in_one_act(world):
    world.post(*world.crowd(10_000))
    put(world, "undeliverable", ended_at=world.clock.now())
    ids = queue.matching(filters=Filters(states=queue.FAILED), as_of=world.clock.now())
    for act, state in ((queue.send_again, "queued"), (queue.cancel, "cancelled")):
        assert act(ids=ids, **told(world)).done == ids
        assert len(world.rows(state=state)) == 10_000
    assert len(world.ledger(ids[-1])) == 3


def test_of_two_who_send_the_same_hundred_again_at_once_one_is_late(world, app):
    world.post(*world.crowd(100))
    world.mail.answer = lambda envelope: REFUSED
    world.dispatch()
    world.mail.answer = Accepted()
    ids, begin, handled = [row.id for row in world.rows(state="undeliverable")], Barrier(2), []

    def work(order):
        with app.app_context():
            begin.wait()
            handled.append(queue.send_again(ids=order, only=queue.FAILED, **told(world)))
            db.session.remove()

    threads = [Thread(target=work, args=(order,)) for order in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(id for each in handled for id in each.done) == ids
    assert sum(len(each.skipped) for each in handled) == 100
    assert world.dispatch() == {"sent": 100}
    assert len(world.mail.sent) == 200


def test_all_that_match_are_sent_again_in_lots(world, monkeypatch):
    world.post(*world.crowd(7))
    put(world, "undeliverable", ended_at=world.clock.now(), reason="DNS")
    world.execute(update(Delivery).where(Delivery.id == world.rows()[0].id).values(reason="AUTH"))
    monkeypatch.setattr(queue, "MOST_COUNTED", 2)
    handled = queue.send_again_matching(filters=Filters(states=queue.FAILED, reason="DNS"), **told(world))
    assert (len(handled.done), handled.skipped) == (6, {})
    assert [row.reason for row in world.rows(state="undeliverable")] == ["AUTH"]


def test_what_matches_but_waits_is_not_sent_again(world):
    world.post()
    assert queue.send_again_matching(filters=Filters(), **told(world)) == queue.Handled()
    assert world.row.state == "queued"


@pytest.mark.parametrize(
    ("act", "was", "signal"),
    [
        (queue.send_again, "filtered", signals.sent_again),
        (queue.retry_now, "held", signals.retried_now),
        (queue.cancel, "held", signals.cancelled),
        (queue.mark_arrived, "unknown", signals.delivered),
    ],
)
def test_whoever_listens_is_told_once_it_is_so(world, act, was, signal):
    heard = []

    def listen(_sender, *, ids):
        heard.append((ids, world.row.state))
        raise ZeroDivisionError

    world.post()
    put(world, was)
    with signal.connected_to(listen):
        assert act(ids=[world.row.id], **told(world)).done
        assert heard == [((world.row.id,), world.row.state)]
        assert act(ids=["0" * 26], **told(world)).skipped
    assert len(heard) == 1
    assert world.row.state != was


def test_each_act_that_did_something_is_in_the_audit(world):
    world.post("emil", "edith")
    ids = [row.id for row in world.rows()]
    queue.cancel(ids=ids, **told(world))
    queue.cancel(ids=ids, **told(world))
    queue.send_again(ids=ids[:1], **told(world))
    events = [(one.who, one.what, one.target, one.after) for one in world.session.scalars(select(AuditEvent))]
    assert events == [
        ("olga", "cancelled", "deliveries", {"count": 2, "first": ids[0]}),
        ("olga", "sent again", f"delivery:{ids[0]}", {"count": 1, "first": ids[0]}),
    ]
