"""The pipeline, turn by turn: nothing is sent twice, nothing is lost, and nobody waits for the far side."""

import sqlite3
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import update

from webapp.database import writing
from webapp.delivery.lot import Kind
from webapp.domain import signals
from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models import forgetting
from webapp.models.delivery import Delivery
from webapp.models.policy import Policy
from webapp.models.provider import Provider

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")


def test_a_post_is_handed_over_once(world):
    world.post()
    assert world.dispatch() == {"sent": 1}
    assert world.dispatch() == world.retry() == {}
    [envelope] = world.mail.sent
    assert (envelope.address, envelope.subject, envelope.sender) == ("emil@example.com", "Lunch", "Edith")
    assert (world.row.state, world.row.envelope_id, world.row.lease_token) == ("sent", envelope.id, None)
    assert world.moves() == [(None, "queued"), ("queued", "sending"), ("sending", "sent")]
    [attempt] = world.attempts()
    assert (attempt.outcome, attempt.number, attempt.counted, attempt.trigger) == ("accepted", 1, True, "dispatcher")


def test_two_processes_send_each_once(world, by_hand):
    world.post(*world.crowd(60))
    one, other = by_hand(dispatch_batch=7), by_hand(dispatch_batch=7)
    for _ in range(40):
        one.pipeline.wake(Kind.FRESH)
        other.pipeline.wake(Kind.FRESH)
        one.pipeline.turn()
        other.pipeline.turn()
    one.until_at_rest()
    other.until_at_rest()
    assert len(world.mail.sent) == len({envelope.id for envelope in world.mail.sent}) == 60
    assert set(world.states()) == {"sent"}


def test_no_transaction_is_open_while_sends_hang(world, by_hand, database_url):
    world.post(*world.crowd(8))
    world.mail.hold()
    process = by_hand()
    process.until(lambda: world.mail.held == 8)
    while process.pipeline.turn():
        pass
    assert not world.session().in_transaction()
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=1)) as elsewhere:
            elsewhere.execute("UPDATE delivery SET evidence = '{}'")
            elsewhere.commit()
    else:
        with psycopg.connect(database_url) as elsewhere:
            elsewhere.execute("SET statement_timeout = 1000")
            elsewhere.execute("UPDATE delivery SET evidence = '{}'")
    world.mail.release()
    process.until_at_rest()
    assert world.states() == ["sent"] * 8


def test_no_provider_is_sent_more_at_once_than_allowed(world):
    world.post(*world.crowd(40))
    assert world.dispatch(concurrency=3, dispatch_batch=10) == {"sent": 40}
    assert world.mail.most_held <= 3


def test_a_slow_provider_does_not_hold_up_another(world, by_hand):
    world.provider("sms")
    world.channel("team.texts", "sms")
    world.person("erin", phone="+3531", phone_verified_at=world.clock.now())
    world.mail.hold()
    world.post(*world.crowd(60))
    process = by_hand(concurrency=2, dispatch_batch=20)
    process.until(lambda: world.mail.held == 2)
    world.post("erin", channel="team.texts")
    process.until(lambda: world.far["sms"].sent)
    process.until(lambda: world.rows(medium="sms")[0].state == "sent")
    waiting = [row.state for row in world.rows(medium="email")]
    assert waiting.count("queued") >= 20, "what cannot be sent soon is not claimed"
    world.mail.release()
    process.until_at_rest()
    assert set(world.states()) == {"sent"}


def test_a_lot_costs_the_same_number_of_statements_whatever_its_size(world, statements):
    def cost(count):
        world.post(*[f"p{number:05}" for number in range(count)])
        with statements() as asked:
            assert world.dispatch(concurrency=200) == {"sent": count}
        return len(asked)

    world.crowd(150)
    cost(1)
    one, many = cost(1), cost(150)
    # It is written down in several turns, as the far side answers, but the work is far from one statement a row.
    assert one <= 45
    assert many <= one + 60


def test_what_a_lost_lease_has_sent_is_not_written_down(world, by_hand):
    world.post()
    world.mail.hold()
    frozen = by_hand()
    frozen.until(lambda: world.mail.held)
    world.clock.advance(61)
    world.mail.release()
    assert world.retry() == {"retrying": 1, "sent": 1}
    before = world.row
    frozen.until_at_rest()
    assert world.row == before
    assert [envelope.id for envelope in world.mail.sent] == [before.envelope_id] * 2
    assert [attempt.reason for attempt in world.attempts()] == ["PROCESS_DIED", None, None], "every try is on record"


def test_the_lease_of_what_hangs_is_renewed(world, by_hand):
    world.post()
    world.mail.hold()
    process = by_hand()
    process.until(lambda: world.mail.held)
    for _ in range(5):
        world.clock.advance(31)
        process.pipeline.turn()
        assert world.retry() == {}
    world.mail.release()
    process.until_at_rest()
    assert len(world.mail.sent) == 1
    assert world.states() == ["sent"]


def test_a_provider_switched_off_after_the_claim_sends_nothing_more(world, by_hand):
    world.post(*world.crowd(3))
    world.mail.hold()
    process = by_hand(concurrency=1)
    process.until(lambda: world.mail.held == 1)
    world.execute(update(Provider).values(role="inactive"))
    world.mail.release()
    process.until_at_rest()
    assert sorted(world.states()) == ["held", "held", "sent"]
    assert len(world.mail.sent) == 1


def test_all_that_were_in_flight_at_a_death_are_tried_in_one_pass_but_alone(world):
    world.post(*world.crowd(3))
    world.mail.answer = BUSY
    world.dispatch()
    world.execute(update(Delivery).values(crashes=1, due_at=world.clock.now()))
    world.mail.answer = Accepted()
    world.mail.most_held = 0
    assert world.retry() == {"sent": 3}
    assert world.mail.most_held == 1


def test_the_signals_tell_what_has_been_committed(world):
    heard = []

    def hear(_sender, ids):
        heard.append([row.state for row in world.rows() if row.id in ids])

    def fail(_sender, **_more):
        raise ZeroDivisionError

    with signals.sent.connected_to(hear), signals.retry_requested.connected_to(fail):
        world.post("emil", "edith")
        world.mail.answer = lambda envelope: BUSY if "emil" in envelope.address else Accepted()
        assert world.dispatch() == {"sent": 1, "retrying": 1}
    assert heard == [["sent"]]


def test_an_expiry_is_told_by_the_signal(world):
    heard = []
    world.post(ttl_s=300, at=world.clock.now())
    world.clock.advance(301)
    with signals.cancelled.connected_to(lambda _sender, ids: heard.extend(ids)):
        assert world.retry() == {"cancelled": 1}
    assert heard == [world.row.id]


@pytest.mark.parametrize("reached", ["claimed", "prepared", "in flight"])
def test_what_is_deleted_under_the_engine_does_not_stand_in_its_way(world, by_hand, reached):
    gone = world.person("erin")
    world.post("erin")
    world.mail.hold()
    process = by_hand()
    process.until(lambda: process.pipeline._hand.claimed)
    if reached != "claimed":
        process.pipeline._prepare()
    if reached == "in flight":
        process.until(lambda: world.mail.held)
    with writing(world.session) as session:
        forgetting.delete_between(session, user_ids=[gone], limit=10)
        forgetting.delete_people(session, [gone])
    world.mail.release()
    world.post()
    process.until_at_rest()
    assert (world.states(), world.attempts()[-1].outcome) == (["sent"], "accepted")
    assert len(world.mail.sent) == (2 if reached == "in flight" else 1)


def test_a_row_that_makes_no_sense_stops_nobody_else(world):
    world.channel("team.broken", policy="kazoo")
    world.post(channel="team.broken")
    world.post()
    world.post()
    world.execute(update(Policy).where(Policy.name == "kazoo").values(rules={"message": {"1": {"unknown": 1}}}))
    assert world.dispatch() == {"sent": 2}
    assert world.states() == ["sending", "sent", "sent"], "its lease runs out, and it is tried again"
