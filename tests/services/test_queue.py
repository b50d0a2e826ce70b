"""What persons do to the queue, and how they look through it."""

from webapp.services import queue
from webapp.services.queue import Filters, Tab


def test_what_was_cancelled_is_sent_again(world):
    world.post()
    told = {"by": "olga", "now": world.clock.now()}
    assert queue.cancel(ids=[world.row.id], **told).done == (world.row.id,)
    assert queue.send_again(ids=[world.row.id], **told).done == (world.row.id,)
    assert world.dispatch() == {"sent": 1}


def test_a_page(world):
    world.post()
    [row] = queue.newest(filters=Filters()).rows
    assert (row.id, row.recipient.username, row.allowed) == (world.row.id, "emil", 4)
    assert queue.counts(filters=Filters())[Tab.HELD].n == 0
    assert queue.held(filters=Filters()) == ()
    assert queue.matching(filters=Filters(person="emi"), as_of=world.clock.now()) == (row.id,)
