"""A provider that cannot deliver is left alone: nobody's tries are spent, nothing is lost, one alert."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.pausing import DOWN, NO_KEY, a_pass, alerts, health, rest
from tests.support.world import FarSide
from webapp.database import writing
from webapp.domain.envelope import Accepted, Blame, Certainty, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models import provider as providers
from webapp.models.provider import Provider, ProviderHealth
from webapp.runtime import runtime
from webapp.services.providers import life_cycle, provider_setup


def unprove(world):
    world.execute(update(ProviderHealth).values(proven_at=None))


def test_a_wrong_password_burns_nobody_s_tries_and_asks_seldom(world, people):
    unprove(world)
    world.mail.answer = NO_KEY
    world.post(*people)
    for second in range(0, 60, 2):
        a_pass(world)
        world.clock.advance(2)
        assert second < 2 or Counter(world.states()) == {"held": 100}
    assert len(world.mail.sent) <= 3
    assert {(row.failures, row.retries_left, row.reason) for row in world.rows(medium="email")} == {
        (0, 4, "PROVIDER_PAUSED")
    }
    assert not any(attempt.counted for attempt in world.attempts())
    assert alerts(world) == ["email-main is paused, and nobody stands in"]


def test_the_probe_that_gets_through_lets_all_go_each_once(world, people):
    unprove(world)
    world.mail.answer = NO_KEY
    world.post(*people)
    a_pass(world)
    rest(world)
    a_pass(world)
    assert health(world) == ("AUTH", 2)
    world.mail.answer = Accepted()
    rest(world)
    while Counter(world.states()) != {"sent": 100}:
        assert a_pass(world)
    accepted = Counter(world.mail.addresses[2:])
    assert accepted == Counter(f"{name}@example.com" for name in people)
    assert health(world) == (None, 0)


def test_a_provider_that_nothing_got_through_is_proven_by_one(world, people):
    unprove(world)
    seen = []
    world.mail.answer = lambda envelope: (seen.append(world.mail.most_held), Accepted())[1]
    world.post(*people)
    a_pass(world)
    assert seen[0] == 1
    assert Counter(world.states()) == {"sent": 100}


@pytest.mark.parametrize("concurrency", [1, 2, 16])
def test_five_faults_in_a_row_pause_it(world, people, concurrency):
    world.mail.answer = DOWN
    world.post(*people)
    a_pass(world, concurrency=concurrency)
    assert 5 <= len(world.mail.sent) <= 4 + concurrency, "with what was in flight when the fifth failed"
    assert set(world.states()) <= {"held", "retrying"}
    assert sum(row.failures for row in world.rows()) == 5, "which costs nothing"
    assert health(world) == ("CONNECT_REFUSED", 1)
    assert alerts(world) == ["email-main is paused, and nobody stands in"]


def test_four_are_not_enough(world, people):
    world.mail.answer = [DOWN] * 4 + [Accepted()]
    world.post(*people)
    a_pass(world, concurrency=1)
    assert Counter(world.states()) == {"sent": 96, "retrying": 4}
    assert health(world) == (None, 0)


def test_a_probe_that_fails_costs_nothing(world, people):
    world.mail.answer = DOWN
    world.post(*people)
    a_pass(world, concurrency=1)
    spent = sum(row.failures for row in world.rows())
    for pauses in (2, 3):
        rest(world)
        a_pass(world)
        assert health(world) == ("CONNECT_REFUSED", pauses)
    assert sum(row.failures for row in world.rows()) == spent == 5
    assert len(world.mail.sent) == 7
    assert alerts(world) == ["email-main is paused, and nobody stands in"]


def test_a_verdict_on_a_recipient_is_a_probe_that_got_through(world, people):
    world.mail.answer = NO_KEY
    world.post(people[0])
    a_pass(world)
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "451 later", blame=Blame.RECIPIENT)
    rest(world)
    a_pass(world)
    assert (world.row.state, world.row.failures, health(world)) == ("retrying", 1, (None, 0))


def test_a_probe_that_may_have_arrived_is_not_repeated_at_most_once(world):
    world.channel("team.once", at_most_once=True)
    world.mail.answer = NO_KEY
    world.post(channel="team.once")
    a_pass(world)
    world.mail.answer = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "", certainty=Certainty.MAY_HAVE_ARRIVED)
    rest(world)
    a_pass(world)
    assert (world.row.state, world.row.failures) == ("unknown", 1)


def test_what_is_posted_while_it_rests_waits(world, people):
    world.mail.answer = NO_KEY
    world.post(people[0])
    a_pass(world)
    world.post(people[1])
    a_pass(world)
    row = world.rows()[1]
    assert (row.state, row.reason, row.envelope_id) == ("held", "PROVIDER_PAUSED", None)
    assert row.evidence["evidence"]["provider"] == "email-main"
    assert len(world.mail.sent) == 1


def test_what_is_posted_when_its_rest_is_over_is_the_probe(world, people):
    world.mail.answer = NO_KEY
    world.post(people[0], ttl_s=20)
    a_pass(world)
    rest(world)
    a_pass(world)
    assert world.row.state == "cancelled"
    world.mail.answer = Accepted()
    world.post(*people[1:])
    a_pass(world)
    a_pass(world)
    assert Counter(world.states()) == {"cancelled": 1, "sent": 99}


def test_only_one_probes(world, people):
    """Two processes find the rest over at the same moment."""
    world.mail.answer = NO_KEY
    world.post(people[0])
    a_pass(world)
    with writing(world.session) as session:
        until = session.get(ProviderHealth, 1).paused_until
        assert until
        assert providers.take_probe(session, provider_id=1, now=until, until=until + timedelta(seconds=60))
    world.clock.advance(until - world.clock.now())
    a_pass(world)
    assert len(world.mail.sent) == 1
    assert world.row.state == "held"


def test_a_fault_of_the_old_settings_says_nothing_of_the_new(world):
    def edit_and_refuse(_envelope):
        with world.app.app_context():
            world.execute(update(Provider).values(version=2))
            db.session.remove()
        return NO_KEY

    world.mail.answer = edit_and_refuse
    world.post()
    a_pass(world)
    assert health(world) == (None, 0)
    world.mail.answer = Accepted()
    world.clock.advance(10)
    a_pass(world)
    a_pass(world)
    assert world.row.state == "sent"


@pytest.mark.parametrize("how", ["edit", "activate", "deactivate"])
def test_a_person_ends_the_pause(world, people, how):
    world.mail.answer = NO_KEY
    world.post(*people)
    a_pass(world)
    told = {"name": "email-main", "by": "ada", "now": world.clock.now(), "vault": runtime().vault}
    world.mail.answer = Accepted()
    if how == "edit":
        provider_setup.edit(version=1, raw={"sender": "a@example.com"}, **told)
    else:
        life_cycle.deactivate(**{key: told[key] for key in ("name", "by", "now")})
        assert {row.reason for row in world.rows()} == {"NO_PROVIDER"}
    if how == "activate":
        life_cycle.activate(**told)
    a_pass(world)
    assert Counter(world.states()) == {"held" if how == "deactivate" else "sent": 100}


def test_a_hundred_behind_a_deactivated_provider_wait_and_then_go_each_once(world, people):
    told = {"name": "email-main", "by": "ada", "vault": runtime().vault}
    life_cycle.deactivate(name="email-main", by="ada", now=world.clock.now())
    assert alerts(world) == []
    world.post(*people[:50])
    a_pass(world)
    world.post(*people[50:])
    for _ in range(30):
        world.clock.advance(2)
        a_pass(world)
    assert Counter(world.states()) == {"held": 100}
    assert (world.mail.sent, world.attempts()) == ([], [])
    assert alerts(world) == ["Nothing is set up to send by email"]
    assert life_cycle.activate(now=world.clock.now(), **told).released == 100
    a_pass(world)
    assert Counter(world.mail.addresses) == Counter(f"{name}@example.com" for name in people)
    assert {(row.state, row.failures) for row in world.rows()} == {("sent", 0)}


def test_administrators_hear_what_waits_when_somebody_deactivates(world, people):
    world.post(*people[:3])
    life_cycle.deactivate(name="email-main", by="ada", now=world.clock.now())
    assert alerts(world) == ["Nothing is set up to send by email"]


def test_a_late_fault_of_one_that_was_replaced_holds_nothing_up(world):
    def replace_and_refuse(_envelope):
        with world.app.app_context():
            world.execute(update(Provider).values(role="inactive"))
            world.provider(name="email-other")
            db.session.remove()
        return NO_KEY

    world.mail.answer = replace_and_refuse
    world.far["email-other"] = FarSide("email-other")
    world.post("emil", "edith")
    a_pass(world, concurrency=1)
    a_pass(world)
    assert world.rows()[1].state == "sent"
    assert alerts(world) == []


def test_the_providers_are_locked_before_their_hours_as_by_everybody(world, statements):
    """The other way round, a process that keeps a pace and one that does not could wait for each other for ever."""
    world.post()
    with statements() as asked:
        a_pass(world)
    order = [one for one in asked if "INTO provider_hour" in one or "ORDER BY provider_health.provider_id" in one]
    assert ["INTO" in one for one in order] == [False, True]
