"""What tries show of an endpoint: one that is gone or only fails is switched off, and what waits for it with it."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.pausing import a_pass
from tests.support.subscribers import queued_for, subscriber, subscriber_row
from tests.support.world import FarSide
from webapp.database import writing
from webapp.domain import signals
from webapp.domain.endpoint import Off
from webapp.domain.envelope import Accepted, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models import holding
from webapp.models.subscriber import Subscriber, named, switch_off, switch_on

DELAYS_S = [25, 100, 400, 1600, 6400, 25600, 52000]


def test_410_ends_it_and_switches_it_off(world, web, told, alerts):
    server = web([500, 410])
    id_ = subscriber(world, server.url())
    [retrying] = told(id_)
    [row] = told(id_)
    assert (row.state, row.reason, row.failures) == ("undeliverable", "GONE", 1)
    stands = subscriber_row(world, id_)
    assert (stands.active, stands.off_why, stands.off_at, stands.off_by) == (False, "gone", world.clock.now(), None)
    assert world.rows(id=retrying.id)[0].state == "held", "what waits is held at once"
    assert [alert.topic for alert in alerts] == [f"off {id_}"]
    assert "**archive**" in alerts[0].body
    [row] = told(id_)
    assert (row.state, row.reason) == ("held", "SUBSCRIBER_OFF")
    assert row.evidence["evidence"] == {"off": "gone", "off since": world.clock.now().isoformat()}
    assert len(server.requests) == 2


def test_what_waits_is_held_within_a_bound_and_the_rest_when_it_is_claimed(world, web, told, monkeypatch):
    monkeypatch.setattr(holding, "_STRANDED", 2)
    id_ = subscriber(world, web().url(), off="person")
    queued_for(world, id_)
    queued_for(world, id_)
    queued_for(world, id_)
    with writing(world.session) as session:
        assert holding.strand_subscriber(session, subscriber_id=id_, now=world.clock.now(), by="ada") == 2
    a_pass(world)
    assert {(row.state, row.reason) for row in world.rows()} == {("held", "SUBSCRIBER_OFF")}


def test_switched_on_again_it_gets_what_has_waited(world, web, told):
    server = web(410)
    id_ = subscriber(world, server.url())
    told(id_)
    told(id_)
    server.script = 200
    with writing(world.session) as session:
        switch_on(session, named(session, "archive"))
        assert holding.release_subscriber(session, subscriber_id=id_, now=world.clock.now(), by="ada") == 1
    a_pass(world)
    assert Counter(world.states()) == {"undeliverable": 1, "sent": 1}
    assert subscriber_row(world, id_).streak == 0


def test_what_was_held_just_after_it_was_switched_on_is_released_by_the_sweep(world, web, told):
    id_ = subscriber(world, web().url(), off="person")
    told(id_)
    world.execute(update(Subscriber).values(active=True))
    world.retry()
    world.dispatch()
    assert world.row.state == "sent"


def test_what_waits_for_one_that_was_removed_is_cancelled(world, web, told):
    id_ = subscriber(world, web().url(), off="person")
    told(id_)
    world.execute(update(Subscriber).values(removed_at=world.clock.now()))
    world.retry()
    world.dispatch()
    assert (world.row.state, world.row.reason) == ("cancelled", "CANCELLED_BY_PERSON")


@pytest.mark.parametrize(("days", "active"), [(5, False), (4.99, True)])
def test_nothing_but_failures_for_five_days(world, web, told, alerts, days, active):
    id_ = subscriber(world, web(500).url())
    told(id_)
    world.clock.advance(timedelta(days=days))
    told(id_)
    stands = subscriber_row(world, id_)
    assert (stands.active, stands.off_why) == (active, None if active else "failing")
    assert world.states()[0] == "retrying" if active else "held", "what is in flight then is held when it is due"
    assert len(alerts) == (not active)


def test_a_success_begins_the_five_days_anew(world, web, told):
    id_ = subscriber(world, web([500, 200, 500]).url())
    begun = world.clock.now()
    for _ in range(3):
        told(id_)
        world.clock.advance(timedelta(days=3))
    stands, third, sixth = subscriber_row(world, id_), begun + timedelta(days=3), begun + timedelta(days=6)
    assert (stands.active, stands.streak, stands.failing_since) == (True, 3, third)
    assert (stands.last_success_at, stands.last_error_at) == (third, sixth)
    assert stands.last_error.startswith("HTTP_5XX")


def test_a_result_that_comes_in_after_somebody_has_switched_it_off_stays_right(world, by_hand, told):
    id_ = subscriber(world)
    far = world.far["archive"] = FarSide("archive")
    answers = [TemporaryFailure(Reason.HTTP_5XX, "500"), Accepted()]
    far.answer = lambda _envelope: answers.pop()
    far.hold()
    for _ in range(2):
        queued_for(world, id_)
    process = by_hand()
    process.until(lambda: far.held == 2)
    with writing(world.session) as session:
        switch_off(session, named(session, "archive"), why=Off.PERSON, now=world.clock.now(), by="ada")
        holding.strand_subscriber(session, subscriber_id=id_, now=world.clock.now(), by="ada")
    far.release()
    process.until_at_rest()
    assert Counter(world.states()) == {"retrying": 1, "sent": 1}
    world.clock.advance(25)
    a_pass(world)
    [row] = world.rows(state="held")
    assert (row.reason, row.failures, row.retries_left, len(far.sent)) == ("SUBSCRIBER_OFF", 1, 7, 2)


def test_what_was_tried_with_former_settings_says_nothing_of_the_new_ones(world, by_hand, told):
    id_ = subscriber(world)
    far = world.far["archive"] = FarSide("archive")
    far.answer = PermanentFailure(Reason.GONE, "410")
    far.hold()
    queued_for(world, id_)
    process = by_hand()
    process.until(lambda: far.held)
    world.execute(update(Subscriber).values(version=2))
    far.release()
    process.until_at_rest()
    assert (world.row.state, subscriber_row(world, id_).active) == ("undeliverable", True)


@pytest.fixture
def alerts():
    found = []
    with signals.alerted.connected_to(lambda _sender=None, *, alert: found.append(alert)):
        yield found
