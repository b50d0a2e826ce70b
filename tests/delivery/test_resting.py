"""A far side that asks to be left alone is, by everybody, and what waits costs nothing."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.pausing import NO_KEY, a_pass, alerts, health
from tests.support.world import FarSide
from webapp.database import writing
from webapp.delivery.lot import Kind
from webapp.domain.envelope import Accepted, Blame, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.delivery import Move
from webapp.models.provider import ProviderHealth
from webapp.runtime import runtime
from webapp.services.providers import provider_setup


def busy(after, **more):
    return TemporaryFailure(Reason.SERVER_BUSY, "429 slowly", retry_after=after, **more)


def rests_s(world):
    with writing(world.session) as session:
        until = session.get(ProviderHealth, 1).rests_until
    return until and (until - world.clock.now()).total_seconds()


def test_nobody_sends_until_its_time_is_over_and_what_waits_costs_nothing(world, by_hand, people):
    world.mail.answer = busy(600)
    world.post(*people)
    process = by_hand(concurrency=1)
    process.until_at_rest()
    assert (len(world.mail.sent), rests_s(world)) == (1, 600)
    other = by_hand()
    world.mail.answer = Accepted()
    moves = None
    for _ in range(11):
        world.clock.advance(50)
        for one in (process, other):
            one.until_at_rest(Kind.LATER)
            one.until_at_rest()
        moves = moves or world.count(Move)
    assert (len(world.mail.sent), world.count(Move)) == (1, moves), "nothing is claimed in vain"
    world.clock.advance(51)
    for one in (process, other):
        one.until_at_rest(Kind.LATER)
    process.until_at_rest()
    process.until_at_rest(Kind.LATER)
    assert Counter(world.states()) == {"sent": 100}
    assert Counter(row.failures for row in world.rows()) == {0: 99, 1: 1}
    assert (alerts(world), health(world)) == ([], (None, 0))


def test_what_was_in_hand_is_held_and_says_so(world, by_hand, people):
    world.mail.answer = busy(600)
    world.post(*people[:10])
    by_hand(concurrency=1).until_at_rest()
    held = world.rows(state="held")
    assert {row.reason for row in held} == {"RATE_LIMITED"}
    assert len(held) == 9
    assert {row.retries_left for row in held} == {4}


def test_what_is_in_flight_and_hears_the_same_counts_once(world, people):
    """Sixteen who are told at once to come back later are no five faults in a row."""
    world.mail.hold()
    world.mail.answer = busy(5)
    world.post(*people[:16])
    world.mail.release()
    a_pass(world)
    assert health(world) == (None, 0)
    assert alerts(world) == []


def test_five_rests_in_a_row_are_a_pause(world, people):
    world.mail.answer = busy(5)
    for number in range(5):
        world.post(people[number])
        a_pass(world)
        world.clock.advance(6)
    assert health(world) == ("SERVER_BUSY", 1)


@pytest.mark.parametrize(
    ("asked", "rests"),
    [(-5, None), (0, None), (None, None), (float("nan"), None), (30, 30), (1e12, 86400), (float("inf"), 86400)],
)
def test_it_is_believed_within_bounds(world, asked, rests):
    world.mail.answer = busy(asked)
    world.post()
    a_pass(world)
    assert rests_s(world) == rests


def test_a_policy_s_cap_holds(world):
    world.channel("team.capped", policy="open-notificaties")
    world.mail.answer = busy(80_000)
    world.post(channel="team.capped")
    a_pass(world)
    assert rests_s(world) == 52_000


def test_a_word_about_a_recipient_concerns_nobody_else(world, people):
    world.mail.answer = busy(600, blame=Blame.RECIPIENT)
    world.post(*people)
    a_pass(world)
    assert (len(world.mail.sent), rests_s(world)) == (100, None)


def test_a_rest_that_a_fast_clock_began_is_over(world):
    world.execute(update(ProviderHealth).values(rests_until=world.clock.now() + timedelta(days=2)))
    world.post()
    a_pass(world)
    assert world.row.state == "sent"


def test_what_is_taken_meanwhile_does_not_end_it(world, by_hand, people):
    world.mail.answer = lambda envelope: busy(600) if envelope.address.startswith("p00000") else Accepted()
    world.post(*people)
    a_pass(world, concurrency=2)
    assert rests_s(world) == 600
    assert len(world.mail.sent) <= 3


def test_a_fallback_stands_in(world, people):
    world.provider(name="email-backup", role="fallback")
    backup = world.far["email-backup"] = FarSide()
    world.mail.answer = busy(600)
    world.post(*people)
    a_pass(world, concurrency=1)
    assert (len(world.mail.sent), len(backup.sent)) == (1, 99)
    assert alerts(world) == ["email-main is left alone, as it asked; email-backup sends instead"]
    assert world.rows()[50].evidence["evidence"]["stands in for"] == "email-main"
    world.mail.answer = Accepted()
    world.clock.advance(601)
    world.post("emil")
    a_pass(world)
    assert world.mail.addresses[-1] == "emil@example.com"


def test_who_stands_in_for_a_moment_is_not_worth_an_alert(world, people):
    world.provider(name="email-backup", role="fallback")
    world.far["email-backup"] = FarSide()
    world.mail.answer = busy(60)
    world.post(*people)
    a_pass(world, concurrency=1)
    assert (Counter(world.states())["sent"], alerts(world)) == (99, [])


def test_a_probe_that_is_told_to_come_back_later_is(world, people):
    world.mail.answer = NO_KEY
    world.post(*people[:5])
    a_pass(world)
    world.mail.answer = busy(3600)
    world.clock.advance(31)
    a_pass(world)
    tried = len(world.mail.sent)
    for _ in range(10):
        world.clock.advance(300)
        a_pass(world)
    assert len(world.mail.sent) == tried
    world.mail.answer = Accepted()
    world.clock.advance(900)
    for _ in range(3):
        a_pass(world)
    assert Counter(world.states()) == {"sent": 5}


def test_an_edit_ends_it(world, people):
    world.mail.answer = busy(3600)
    world.post(*people[:5])
    a_pass(world, concurrency=1)
    world.mail.answer = Accepted()
    told = {"name": "email-main", "by": "ada", "now": world.clock.now(), "vault": runtime().vault}
    provider_setup.edit(version=1, raw={"sender": "a@example.com"}, **told)
    a_pass(world)
    a_pass(world)
    assert Counter(world.states()) == {"sent": 4, "retrying": 1}
