"""Alerts that could not be told when it began: told later, once, if it is still so."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.support.pausing import DOWN, NO_KEY, a_pass, rest
from tests.support.pausing import alerts as told
from tests.support.subscribers import queued_for, subscriber
from tests.support.world import FarSide
from webapp.database import writing
from webapp.domain import signals
from webapp.domain.envelope import Accepted, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.subscriber import named, switch_on
from webapp.services.running import alerts

PAUSED = "email-main is paused, and nobody stands in"


@pytest.fixture
def team(world):
    world.person("ada", role="admin")
    world.mail.answer = NO_KEY
    return world


@pytest.fixture
def fail(team):
    """Something is posted, and fails."""

    def post():
        team.post()
        a_pass(team)

    return post


@pytest.fixture
def mend(team):
    """A probe gets through; what comes next fails again."""

    def probe():
        team.mail.answer = Accepted()
        rest(team)
        a_pass(team)
        team.mail.answer = NO_KEY

    return probe


def look(world, after=0.0):
    world.clock.advance(after)
    alerts.post_untold(now=world.clock.now(), public_url="")
    return told(world)


def look_elsewhere(world):
    with world.app.app_context():
        alerts.post_untold(now=world.clock.now(), public_url="")


def test_a_pause_that_begins_within_the_hour_is_told_once_it_is_over(team, fail, mend, caplog):
    fail()
    begun = team.clock.now()
    mend()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        fail()
    assert caplog.messages == [PAUSED], "the log has it at once"
    for _probe in range(3):
        rest(team)
        a_pass(team)
    assert look(team, (begun + timedelta(seconds=3599) - team.clock.now()).total_seconds()) == [PAUSED]
    assert look(team, 1) == [PAUSED] * 2
    assert look(team) == look(team, 7200) == [PAUSED] * 2


def test_what_is_mended_when_the_hour_is_over_is_not_told(team, fail, mend):
    fail()
    mend()
    fail()
    mend()
    assert look(team, 3600) == [PAUSED]
    fail()
    assert told(team) == [PAUSED] * 2, "what begins after the hour is told at once"
    assert look(team, 3600) == [PAUSED] * 2


def test_what_was_lost_on_the_way_is_told_by_the_next_look(team, fail, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(signals.alerted, "receivers_for", lambda _sender: [])
        fail()
    assert told(team) == []
    with ThreadPoolExecutor(4) as processes:
        list(processes.map(lambda _process: look_elsewhere(team), range(8)))
    assert told(team) == look(team) == [PAUSED], "by one of those that look"


def test_what_could_not_be_posted_is_told_by_the_next_look(team, fail, monkeypatch):
    def away(**_told):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("webapp.services.posting.notifier.post_as_system", away)
        fail()
    assert told(team) == []
    assert look(team) == look(team) == [PAUSED]


def test_what_is_told_late_says_who_stands_in_and_the_last_error(team, fail, mend):
    fail()
    mend()
    fail()
    team.provider(name="spare", role="fallback")
    team.mail.answer = DOWN
    rest(team)
    team.post()
    a_pass(team)
    assert look(team, 3600) == [PAUSED, "email-main is paused; spare sends instead"]


def test_a_provider_that_rests_again_is_told_of_while_it_does(team, fail):
    team.provider(name="spare", role="fallback")
    team.far["spare"] = FarSide("spare")
    asked = iter([100.0, 86400.0])

    def busy(_envelope):
        return TemporaryFailure(Reason.SERVER_BUSY, "421", retry_after=next(asked))

    team.mail.answer = busy
    fail()
    team.clock.advance(100)
    fail()
    rests = "email-main is left alone, as it asked; spare sends instead"
    assert told(team) == [rests]
    assert look(team, 3500) == [rests] * 2


def test_a_subscriber_that_is_gone_again_within_the_hour_is_told_once_it_is_over(team):
    id_ = subscriber(team)
    far = team.far["archive"] = FarSide("archive")
    far.answer = PermanentFailure(Reason.GONE, "410")
    gone = "archive is switched off: its endpoint said that it is gone"
    for _time in range(2):
        queued_for(team, id_)
        a_pass(team)
        with writing(team.session) as session:
            switch_on(session, named(session, "archive"))
    queued_for(team, id_)
    a_pass(team)
    assert told(team) == [gone]
    assert look(team, 3600) == look(team, 3600) == [gone] * 2
    with writing(team.session) as session:
        switch_on(session, named(session, "archive"))
    queued_for(team, id_)
    a_pass(team)
    assert told(team) == [gone] * 3


def test_what_nobody_could_be_told_is_told_once_there_is_somebody(world):
    world.mail.answer = NO_KEY
    world.post()
    a_pass(world)
    assert look(world) == []
    world.person("ada", role="admin")
    assert look(world, after=3601) == [PAUSED]
    assert look(world, after=3601) == [PAUSED]
