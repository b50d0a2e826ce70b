"""The queue in numbers."""

from datetime import timedelta

from sqlalchemy import update

from webapp.domain.envelope import PermanentFailure
from webapp.domain.reason import Reason
from webapp.models.delivery import Delivery
from webapp.services.queue import statistics


def test_an_empty_house(bare_world):
    counted = statistics.count(now=bare_world.clock.now())
    assert (counted.deliveries, counted.due, counted.oldest_due_at, counted.oldest_due_s) == (0, 0, None, None)
    assert set(counted.states.values()) == {0}
    assert (counted.held, counted.held_since, counted.failed, counted.types) == ({}, None, {}, {})


def test_every_number(world):
    start = world.clock.now()
    world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550")
    world.post("emil", "edith", type="voicemail")
    world.dispatch()
    world.post("emil", "edith")
    world.post(at=start + timedelta(hours=1))
    first = world.rows(state="queued")[0].id
    world.execute(update(Delivery).where(Delivery.id == first).values(state="held", reason="NO_PROVIDER"))
    counted = statistics.count(now=world.clock.advance(90))
    assert counted.deliveries == 5
    assert {state: n for state, n in counted.states.items() if n} == {"queued": 2, "held": 1, "undeliverable": 2}
    assert (counted.due, counted.oldest_due_at, counted.oldest_due_s) == (1, start, 90.0)
    assert (counted.held, counted.held_since) == ({"NO_PROVIDER": 1}, start)
    assert counted.failed == {"RECIPIENT_REFUSED": 2}
    assert counted.types == {"message": {"held": 1, "queued": 2}, "voicemail": {"undeliverable": 2}}
