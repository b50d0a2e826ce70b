"""Claims as the engine makes them, and the sweep over what dead processes have left behind."""

import pytest
from sqlalchemy import update

from webapp.database import writing
from webapp.delivery.claim import claim, sweep
from webapp.delivery.lot import EngineSettings, Kind
from webapp.delivery.routes import media_routes
from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.provider import Provider

LEASE_S = 60


@pytest.fixture
def take(world):
    """One claim, by a process that then dies."""

    def claimed(kind=Kind.FRESH, *, in_use=frozenset(), busy=frozenset(), limit=100):
        now = world.clock.now()
        until = now.fromtimestamp(now.timestamp() + LEASE_S, now.tzinfo)
        with writing(world.session) as session:
            return claim(
                session, kind, due=now, now=now, until=until, limit=limit, busy=set(busy), shares={}, in_use=in_use
            ).leased

    return claimed


@pytest.fixture
def swept(world):
    """One sweep; gives how many reached which state."""

    def run():
        with writing(world.session) as session:
            settings = EngineSettings(lease_s=LEASE_S)
            now, ways = world.clock.now(), media_routes(session)
            written = sweep(session, now=now, settings=settings, process="me", routes=ways)
        assert written.refused == 0
        return {state: number for state, number in written.counts().items() if number}

    return run


@pytest.fixture
def die(world, by_hand):
    """Hand everything that is due to the senders, in a process that then dies; its leases run out."""

    def run(kind=Kind.FRESH):
        held = world.mail.held
        world.mail.hold()
        by_hand().until(lambda: world.mail.held > held, kind)
        world.clock.advance(LEASE_S)

    return run


def test_each_claim_has_a_token_of_its_own(world, take):
    world.post(*world.crowd(4))
    one, other = take(limit=2), take(limit=2)
    assert len({leased.lease_token for leased in one}) == len({leased.lease_token for leased in other}) == 1
    assert one[0].lease_token != other[0].lease_token
    assert take() == []


def test_what_crashed_waits_until_it_can_be_alone(world, take):
    world.post("emil", "edith")
    crashed, sound = (row.id for row in world.rows())
    world.execute(update(Delivery).values(state="retrying"))
    world.execute(update(Delivery).where(Delivery.id == crashed).values(crashes=1))
    assert [leased.id for leased in take(Kind.LATER)] == [sound]
    assert take(Kind.LATER, in_use={"email"}) == []
    assert [leased.id for leased in take(Kind.LATER)] == [crashed]


def test_what_a_dead_process_had_not_started_goes_back_at_no_cost(world, take, swept):
    world.post("emil", "edith")
    take()
    world.clock.advance(59.9)
    assert swept() == {}
    world.clock.advance(0.1)
    assert swept() == {"queued": 2}
    assert {(row.state, row.crashes, row.failures, row.lease_token) for row in world.rows()} == {("queued", 0, 0, None)}
    assert world.attempts() == []
    assert world.dispatch() == {"sent": 2}


def test_what_it_had_started_is_tried_again_as_it_is(world, die, swept):
    world.post()
    die()
    assert swept() == {"retrying": 1}
    row = world.row
    assert (row.crashes, row.failures, row.retries_left, row.due_at) == (1, 0, 4, world.clock.now())
    assert (row.reason, row.last_error) == ("PROCESS_DIED", "The process that was sending it died (1 of 3).")
    [attempt] = world.attempts()
    assert (attempt.reason, attempt.certainty, attempt.counted) == ("PROCESS_DIED", "may have arrived", False)
    world.mail.release()
    assert world.retry() == {"sent": 1}
    assert {envelope.id for envelope in world.mail.sent} == {row.envelope_id}
    assert world.row.crashes == 1


def test_both_sorts_at_once(world, take, swept, die):
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "451")
    world.post("emil", "edith")
    world.dispatch()
    world.execute(update(Delivery).where(Delivery.id == world.rows()[0].id).values(due_at=world.clock.now()))
    die(Kind.LATER)
    world.execute(update(Delivery).where(Delivery.state == "retrying").values(due_at=world.clock.now()))
    take(Kind.LATER)
    world.clock.advance(LEASE_S)
    assert swept() == {"retrying": 2}
    assert [(row.crashes, row.failures) for row in world.rows()] == [(1, 1), (0, 1)]


def test_the_third_death_is_the_message_s_own(world, die, swept):
    world.post()
    for kind, became in ((Kind.FRESH, "retrying"), (Kind.LATER, "retrying"), (Kind.LATER, "undeliverable")):
        die(kind)
        assert swept() == {became: 1}
    assert (world.row.crashes, world.row.reason, world.row.failures) == (3, "PROCESS_DIED", 0)
    assert [attempt.counted for attempt in world.attempts()] == [False] * 3


def test_what_must_not_be_repeated_is_left_to_a_person(world, die, take, swept):
    world.execute(update(Channel).values(at_most_once=True))
    world.post("emil")
    die()
    world.post("edith")
    take()
    world.clock.advance(LEASE_S)
    assert swept() == {"unknown": 1, "queued": 1}
    unknown, _ = world.rows()
    assert (unknown.reason, unknown.ended_at) == ("PROCESS_DIED", world.clock.now())


def test_after_a_death_the_last_failure_is_in_doubt(world, die, swept):
    world.post()
    die()
    swept()
    world.execute(update(Delivery).values(failures=3))
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "451")
    world.mail.release()
    assert world.retry() == {"unknown": 1}
    assert world.row.reason == "EXHAUSTED"


def test_what_was_in_flight_when_the_house_went_dark_for_a_month(world, die, swept):
    world.post(ttl_s=90 * 86400)
    die()
    world.clock.advance(31 * 86400)
    assert swept() == {"retrying": 1}
    assert [attempt.ms for attempt in world.attempts()] == [2**31 - 1]
    world.mail.release()


def test_what_has_expired_is_cancelled(world, swept):
    world.post(ttl_s=300)
    world.clock.advance(300)
    assert swept() == {"cancelled": 1}
    assert world.mail.sent == []


def test_what_is_held_though_there_is_a_provider_is_freed(world, swept):
    world.execute(update(Provider).values(role="inactive"))
    world.post()
    assert world.dispatch() == {"held": 1}
    swept()
    assert world.states() == ["held"], "there is none"
    world.execute(update(Provider).values(role="primary"))  # nobody has told those that wait
    swept()
    assert world.states() == ["queued"]
    world.mail.answer = Accepted()
    assert world.dispatch() == {"sent": 1}
    assert world.row.retries_left == 4


@pytest.mark.parametrize(("crashes", "busy"), [(1, {"email"}), (2, {"email", "sms"})])
def test_beside_what_crashed_nothing_else_is_sent_in_its_lane_or_at_all(world, die, swept, by_hand, crashes, busy):
    world.channel("team.texts", "sms")
    world.provider("sms")
    world.person("sam", phone="+4930901820", phone_verified_at=world.clock.now())
    world.post("emil")
    for kind in (Kind.FRESH, Kind.LATER)[:crashes]:
        die(kind)
        swept()
    process, dead = by_hand(), world.mail.held
    process.until(lambda: world.mail.held > dead, Kind.LATER)
    world.post("edith")
    world.post("sam", channel="team.texts")
    process.pipeline.wake(Kind.FRESH)
    for _ in range(3):
        process.pipeline.turn()
    assert {row.medium for row in world.rows()[1:] if row.state == "queued"} == busy
    world.mail.release()
    process.until_at_rest()
    assert world.states() == ["sent"] * 3


def test_what_crashed_is_waited_for_where_there_is_always_something_else(world, die, swept, by_hand):
    world.channel("team.texts", "sms")
    world.provider("sms")
    world.person("sam", phone="+4930901820", phone_verified_at=world.clock.now())
    world.post("emil")
    for kind in (Kind.FRESH, Kind.LATER):
        die(kind)
        swept()
    world.mail.release()
    world.far["sms"].hold()
    world.post("sam", channel="team.texts")
    process = by_hand()
    process.until(lambda: world.far["sms"].held)
    world.clock.advance(LEASE_S + 1)
    process.pipeline.wake(Kind.LATER)
    process.pipeline.turn()
    world.post("edith")
    process.pipeline.wake(Kind.FRESH)
    process.pipeline.turn()
    assert world.rows()[2].state == "queued"
    world.far["sms"].release()
    process.until(lambda: world.rows()[0].state == "sent", Kind.LATER)
    world.clock.advance(6)
    process.pipeline.wake(Kind.LATER)
    process.until_at_rest()
    assert world.states() == ["sent"] * 3
