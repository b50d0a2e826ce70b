"""What comes of tries, written down: the default schedule against real servers, doubt, and the provider's health."""

import pytest
from sqlalchemy import update

from tests.support.machine import free_port
from tests.support.world import elapsed
from webapp.database import writing
from webapp.delivery.lot import Kind
from webapp.delivery.resident import drain
from webapp.domain.envelope import Accepted, Certainty, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.provider import Provider, ProviderHealth
from webapp.runtime import engine

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
LOST = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "silence", certainty=Certainty.MAY_HAVE_ARRIVED)


@pytest.fixture
def by_smtp(world, app):
    """Send by the real SMTP provider to a port of this machine; gives what one pass of each kind writes down."""

    def use(port):
        settings = {
            "host": "127.0.0.1", "port": port, "security": "none", "auth": "none", "sender": "belfry@example.com",
            "sender_name": "", "reply_to": "", "username": "", "timeout": 10,
        }  # fmt: skip
        world.execute(update(Provider).values(kind="smtp", settings=settings))
        return lambda: drain(engine(app), list(Kind)).counts()

    return use


def test_a_dead_mail_server_is_tried_at_0_60_360_and_3960_seconds(world, by_smtp):
    start, a_pass = world.clock.now(), by_smtp(free_port())
    world.post()
    assert world.row.retries_left == 4
    for wait, left, became in (
        (0, 3, "retrying"),
        (60, 2, "retrying"),
        (300, 1, "retrying"),
        (3600, 0, "undeliverable"),
    ):
        if wait:
            world.clock.advance(wait - 1)
            assert a_pass() == {}
            world.clock.advance(1)
        assert a_pass() == {became: 1}
        row = world.row
        assert (row.state, row.retries_left, row.failed_at) == (became, left, world.clock.now())
    assert (row.reason, row.failures, row.ended_at) == ("EXHAUSTED", 4, world.clock.now())
    assert "refused" in row.last_error
    assert [elapsed(start, attempt.started_at) for attempt in world.attempts()] == [0, 60, 360, 3960]
    assert [attempt.number for attempt in world.attempts()] == [1, 2, 3, 4]
    assert len({attempt.envelope_id for attempt in world.attempts()}) == 1
    world.clock.advance(10**6)
    assert a_pass() == {}


def test_a_retry_is_the_same_mail_to_the_same_address(world, by_smtp, smtp_server):
    answers = iter(["451 later", "451 later", "250 OK"])
    taken = []
    smtp_server.answer = lambda mail: (taken.append(mail), next(answers))[1]
    a_pass = by_smtp(smtp_server.port)
    world.post(subject="Grüße 🎉")
    a_pass()
    world.execute(update(Delivery).values(due_at=world.clock.now()))
    world.session.execute(update(Channel).values(title="Another title"))
    world.session.commit()
    moved = "UPDATE user_account SET email = 'elsewhere@example.com', display_name = 'Somebody else'"
    world.session.connection().exec_driver_sql(moved)
    world.session.commit()
    world.clock.advance(60)
    a_pass()
    world.clock.advance(300)
    assert a_pass() == {"sent": 1}
    assert len(taken) == 3
    assert {mail.raw for mail in taken} == {taken[0].raw}
    assert taken[0].recipients == ["emil@example.com"]
    assert taken[0].subject == "Grüße 🎉"
    assert f"<{world.row.envelope_id}@example.com>" == taken[0].message["Message-ID"]


def test_the_far_side_s_words_and_each_phase_are_kept(world):
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "451 " + "x" * 5000)
    world.post()
    world.dispatch()
    [attempt] = world.attempts()
    assert (attempt.outcome, attempt.reason, attempt.certainty, attempt.phase) == (
        "temporary", "SERVER_BUSY", "not sent", "asked",
    )  # fmt: skip
    assert len(attempt.reply) == 4096
    assert attempt.phases == [["asked", 0, ""]]
    assert len(world.row.last_error) == 1000


def test_whatever_a_plugin_calls_its_phases_the_queue_goes_on(world):
    world.mail.phase = "a\x00b\ud800" + "x" * 100
    world.post()
    assert world.dispatch() == {"sent": 1}
    [attempt] = world.attempts()
    kept = "a\ufffdb\ufffd" + "x" * 26
    assert (attempt.phase, attempt.phases) == (kept, [[kept, 0, ""]])


def test_what_no_database_takes_is_written_down_all_the_same(world):
    world.mail.answer = [TemporaryFailure(Reason.SERVER_BUSY, "4\x0051 \ud800"), Accepted("250 \x00")]
    world.post()
    assert world.dispatch() == {"retrying": 1}
    world.clock.advance(60)
    assert world.retry() == {"sent": 1}
    assert [attempt.reply for attempt in world.attempts()] == ["4\ufffd51 \ufffd", "250 \ufffd"]


@pytest.mark.parametrize("answer", [ZeroDivisionError("oops"), LOST])
def test_what_may_have_arrived(world, answer):
    world.channel("team.once", at_most_once=True)
    world.mail.answer = answer
    world.post()
    world.post(channel="team.once")
    assert world.dispatch() == {"retrying": 1, "unknown": 1}
    assert {attempt.certainty for attempt in world.attempts()} == {"may have arrived"}


def test_exhausted_is_unknown_where_an_earlier_try_may_have_arrived(world):
    world.mail.answer = [LOST, BUSY, BUSY, BUSY]
    world.post()
    world.dispatch()
    for _ in range(3):
        world.clock.advance(3600)
        world.retry()
    assert (world.row.state, world.row.reason) == ("unknown", "EXHAUSTED")


def test_a_refusal_for_good_is_not_repeated(world):
    world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 nobody")
    world.post()
    assert world.dispatch() == {"undeliverable": 1}
    assert (world.row.reason, world.row.retries_left) == ("RECIPIENT_REFUSED", 3)


def test_the_far_side_s_wish_to_be_left_alone(world):
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "", retry_after=900)
    world.post()
    world.dispatch()
    assert elapsed(world.clock.now(), world.row.due_at) == 900
    assert world.row.last_delay_s == 60


def test_a_try_that_would_come_too_late_is_cancelled(world):
    world.mail.answer = BUSY
    world.post(ttl_s=60)
    assert world.dispatch() == {"cancelled": 1}
    assert (world.row.reason, world.row.failures) == ("EXPIRED", 1)


def test_an_edited_policy_touches_only_later_failures(world):
    world.mail.answer = BUSY
    world.post()
    world.dispatch()
    due_at = world.row.due_at
    world.session.connection().exec_driver_sql("UPDATE policy SET max_attempts = 2")
    world.session.commit()
    assert (world.row.due_at, world.row.retries_left) == (due_at, 3)
    world.clock.advance(60)
    assert world.retry() == {"undeliverable": 1}
    assert world.row.reason == "EXHAUSTED"


def test_the_health_of_a_provider_follows_its_tries(world):
    def health():
        with writing(world.session) as session:
            one = session.get(ProviderHealth, 1)
            return one.streak, one.last_success_at, one.last_error, one.proven_at

    start = world.clock.now()
    world.mail.answer = BUSY
    for streak in (1, 2):
        world.post()
        world.dispatch()
        assert health() == (streak, None, "451 later", start)
    world.mail.answer = Accepted()
    world.post()
    world.dispatch()
    assert health() == (0, start, "451 later", start)
    world.clock.advance(10)
    world.mail.answer = BUSY
    world.post()
    world.dispatch()
    assert health() == (1, start, "451 later", start)
