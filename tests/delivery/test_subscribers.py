"""Subscribers' deliveries through the engine, to real endpoints: what is sent, what follows, and who hears of it."""

import json
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.pausing import a_pass
from tests.support.smtp import hang, reset
from tests.support.subscribers import queued_for, subscriber
from tests.support.web import answer
from tests.support.world import WITHIN, wait_for
from webapp.delivery.lot import Kind
from webapp.delivery.resident import Resident
from webapp.domain.clock import Clock
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.envelope import Body, Envelope
from webapp.models.message import Message
from webapp.models.subscriber import Subscriber
from webapp.services.auditing import audit

DELAYS_S = [25, 100, 400, 1600, 6400, 25600, 52000]


# --- what is sent ---


def test_of_four_endpoints_one_fails_and_the_three_others_get_it_once(world, web, told):
    servers = [web() for _ in range(3)] + [web(500)]
    ids = [subscriber(world, server.url(), name=f"endpoint-{n}") for n, server in enumerate(servers)]
    *good, bad = told(*ids)
    assert [row.state for row in good] == ["sent"] * 3
    begun = [world.clock.now()]
    for n, delay_s in enumerate(DELAYS_S, start=1):
        [row] = world.rows(id=bad.id)
        assert (row.state, row.reason, row.failures, row.retries_left) == ("retrying", "HTTP_5XX", n, 8 - n)
        world.clock.advance(delay_s - 0.001)
        a_pass(world)
        assert len(servers[3].requests) == n
        world.clock.advance(0.001)
        a_pass(world)
        begun.append(world.clock.now())
    [row] = world.rows(id=bad.id)
    assert (row.state, row.reason, row.failures, row.retries_left) == ("undeliverable", "EXHAUSTED", 8, 0)
    assert [len(server.requests) for server in servers] == [1, 1, 1, 8]
    assert [attempt.started_at for attempt in world.attempts() if attempt.envelope_id == row.envelope_id] == begun


def test_every_copy_is_the_same_under_the_same_id(world, web, told):
    server = web([500, reset, answer(503, Retry_After="1"), 200])
    id_ = subscriber(world, server.url())
    [row] = told(id_)
    for _ in range(3):
        world.clock.advance(7000)
        a_pass(world)
    assert world.rows(id=row.id)[0].state == "sent"
    assert {asked.headers["webhook-id"] for asked in server.requests} == {world.rows(id=row.id)[0].envelope_id}
    assert (len(server.requests), len({asked.body for asked in server.requests})) == (4, 1)


def test_the_event_is_stored_once_for_all_who_want_it_so(world, web, told):
    server = web()
    forms = ["plain"] * 3 + ["cloudevents"] * 2
    ids = [subscriber(world, server.url(), name=f"endpoint-{n}", body=form) for n, form in enumerate(forms)]
    rows = told(*ids, subject="Lünch", attributes={"source": 1})
    assert (world.count(Envelope), world.count(Body)) == (5, 2)
    bodies = [json.loads(asked.body) for asked in server.requests]
    assert Counter("specversion" in body for body in bodies) == {True: 2, False: 3}
    assert {(body.get("data") or body)["subject"] for body in bodies} == {"Lünch"}
    assert {body["id"] for body in bodies} == {rows[0].message_id}
    [envelope, *_] = world._all(select(table_of(Envelope)).order_by(Envelope.id))
    assert (envelope.subscriber_id in ids, envelope.user_id, envelope.address) == (True, None, server.url())
    assert {attempt.provider_id for attempt in world.attempts()} == {None}


def test_an_address_that_is_corrected_counts_for_what_is_tried_again(world, web, told):
    wrong, right = web(404), web()
    id_ = subscriber(world, wrong.url())
    [row] = told(id_)
    changed = {"settings": {"url": right.url(), "auth": "none", "body": "cloudevents", "timeout": 25}, "version": 2}
    world.execute(update(Subscriber).where(Subscriber.id == id_).values(changed))
    world.clock.advance(25)
    a_pass(world)
    assert world.rows(id=row.id)[0].state == "sent"
    assert right.requests[0].headers["webhook-id"] == wrong.requests[0].headers["webhook-id"]
    assert right.requests[0].body == wrong.requests[0].body


def test_subscribers_have_no_wishes_and_need_no_provider(world, web, told):
    world.execute(update(Channel).values(required=False, formatter="digest", at_most_once=True))
    server = web(reset)
    [row] = told(subscriber(world, server.url()))
    assert (row.state, row.reason) == ("retrying", "TIMEOUT_AFTER_DATA"), "at least once, whatever its channel says"


# --- what follows ---


@pytest.mark.one_database
@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
def test_any_success_is_one(world, web, told, status):
    [row] = told(subscriber(world, web(status).url()))
    assert (row.state, row.reason) == ("sent", None)


@pytest.mark.one_database
@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 429, 500, 503, reset])
def test_everything_else_is_tried_again(world, web, told, status):
    id_ = subscriber(world, web(status).url(), auth="bearer", secrets={"secret": "open sesame"})
    [row] = told(id_)
    assert (row.state, row.failures, row.retries_left) == ("retrying", 1, 7)
    assert row.due_at == row.failed_at + timedelta(seconds=25)


def test_whoever_asks_to_be_left_alone_is_for_that_delivery(world, web, told):
    server = web(answer(429, Retry_After="120"))
    id_ = subscriber(world, server.url())
    [row] = told(id_)
    assert row.due_at == row.failed_at + timedelta(seconds=120)
    server.script = 200
    assert told(id_)[0].state == "sent", "others do not wait"


def test_many_failures_hold_up_nothing_and_all_spend_their_tries(world, web, told):
    server = web(500)
    id_ = subscriber(world, server.url())
    for _ in range(12):
        queued_for(world, id_)
    a_pass(world)
    assert {(row.state, row.failures) for row in world.rows()} == {("retrying", 1)}


def test_settings_that_cannot_be_used_spend_tries_too(world, told):
    id_ = subscriber(world)
    world.execute(update(Subscriber).where(Subscriber.id == id_).values(secrets="sealed by a key that is lost"))
    [row] = told(id_)
    assert (row.state, row.reason, row.failures, row.retries_left) == ("retrying", "AUTH", 1, 7)


def test_what_was_in_flight_when_a_process_died_is_tried_again_as_it_was(world, web, by_hand, told):
    world.execute(update(Channel).values(at_most_once=True))
    server = web(hang)
    queued_for(world, subscriber(world, server.url()))
    dying = by_hand()
    dying.until(lambda: server.requests)
    server.script = 200
    world.clock.advance(60)
    a_pass(world)
    assert (world.row.state, world.row.crashes) == ("sent", 1)
    assert {asked.headers["webhook-id"] for asked in server.requests} == {world.row.envelope_id}
    assert len(server.requests) == 2
    server.stop()
    dying.until_at_rest()
    assert (world.row.state, world.row.failures) == ("sent", 0)


# --- beside others ---


def test_one_that_hangs_with_thousands_due_holds_up_no_other(world, web):
    """By real endpoints and with a clock that runs, without which nobody would ever be late."""
    hanging, other = web(hang), web()
    slow, quick = (subscriber(world, each.url(), name=name, timeout=30) for name, each in
                   (("slow", hanging), ("quick", other)))  # fmt: skip
    queued_for(world, slow, count=2000)
    start, begun = world.clock.now(), time.monotonic()
    clock = Clock(lambda: start + timedelta(seconds=time.monotonic() - begun), time.monotonic)
    resident = Resident(replace(world.engine(stop_grace_s=0.1), clock=clock), alive=lambda: None)
    resident.start()
    try:
        resident.wake(Kind.FRESH)
        wait_for(lambda: len(hanging.requests) == 4)
        took = sorted(_took(world, resident, other, quick) for _ in range(10))
    finally:
        resident.stop()
    assert took[-1] < 10.0, "a busy machine is slow; but each of the slow one's takes 30 s"
    assert len(hanging.requests) == 4


@pytest.mark.parametrize("late_s", [0, 300])
def test_one_that_crashed_and_hangs_is_alone_in_its_lane_and_holds_up_no_other(world, web, by_hand, late_s):
    hanging, other = web(hang), web()
    slow, quick = (subscriber(world, each.url(), name=name) for name, each in (("slow", hanging), ("quick", other)))
    queued_for(world, slow, count=3)
    due_at = world.clock.now() - timedelta(seconds=late_s)
    world.execute(update(Delivery).values(state="retrying", crashes=1, due_at=due_at))
    process = by_hand()
    process.until(lambda: hanging.requests, Kind.LATER)
    queued_for(world, slow, quick)
    world.post("emil")
    process.until(lambda: other.requests and world.mail.sent)
    assert len(hanging.requests) == 1
    hanging.script = 200
    hanging.stop()
    process.until_at_rest()


@pytest.mark.parametrize("kind", Kind)
def test_of_one_that_hangs_only_a_few_are_in_hand(world, web, by_hand, kind):
    """However much is due, and however often it is looked for more."""
    hanging = web(hang)
    queued_for(world, subscriber(world, hanging.url()), count=100)
    if kind is Kind.LATER:
        world.execute(update(Delivery).values(state="retrying"))
    process = by_hand()
    process.until(lambda: len(hanging.requests) == 4, kind)
    for _ in range(10):
        process.pipeline.turn()
    assert 16 <= world.states().count("sending") <= 36
    hanging.script = 200
    hanging.stop()
    process.stop()


def test_what_crashed_in_different_lanes_is_tried_at_the_same_time(world, web, by_hand):
    servers = [web(hang) for _ in range(2)]
    queued_for(world, *(subscriber(world, each.url(), name=f"endpoint-{n}") for n, each in enumerate(servers)))
    world.execute(update(Delivery).values(state="retrying", crashes=1))
    process = by_hand()
    process.until(lambda: all(each.requests for each in servers), Kind.LATER)
    for each in servers:
        each.stop()
    process.until_at_rest()


def _took(world, resident, endpoint, id_):
    """Seconds from a post to its arrival."""
    asked, posted = len(endpoint.requests), time.monotonic()
    queued_for(world, id_)
    resident.wake(Kind.FRESH)
    wait_for(lambda: len(endpoint.requests) > asked)
    return time.monotonic() - posted


def test_an_idle_subscriber_costs_no_thread(world, web, by_hand):
    servers = [web() for _ in range(3)]
    process = by_hand()
    queued_for(world, *(subscriber(world, server.url(), name=f"endpoint-{n}") for n, server in enumerate(servers)))
    process.until_at_rest()
    assert [server.connections for server in servers] == [1, 1, 1], "one each, of four that each may have"
    mine = [thread for thread in threading.enumerate() if thread.name.startswith("sender endpoint-")]
    for thread in mine:
        thread.join(WITHIN)
    assert not any(thread.is_alive() for thread in mine), "its line is looked after by one thread for all"


# --- what the audit finds ---


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("model", "change", "what"),
    [
        (Envelope, {"subscriber_id": 2}, "for another person or subscriber"),
        (Envelope, {"address": "https://evil.example.com"}, "not as it was when it was committed"),
        (Body, {"text": "{}"}, "its text was changed"),
        (Delivery, {"retries_left": 3}, "it has 3 tries left; its policy allows 7"),
        (Delivery, {"subscriber_id": 2}, "for another person or subscriber"),
        (Message, {"counted": {"inbox": 0, "webhook": 2}}, "it was counted for 2 deliveries by webhook; there are 1"),
    ],
)
def test_what_somebody_has_changed_of_a_subscriber_s_delivery_is_found(world, web, model, change, what):
    id_ = subscriber(world, web(500).url())
    subscriber(world, name="another")
    queued_for(world, id_)
    a_pass(world)
    assert audit.check(now=world.clock.now()) == []
    world.execute(update(model).values(change))
    assert any(what in misfit.what for misfit in audit.check(now=world.clock.now()))
