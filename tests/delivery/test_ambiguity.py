"""Several formatters for one channel: what it delivers waits, one alert is told, and it goes once that is clear."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import update

from webapp.database import writing
from webapp.delivery.ambiguity import release_laid_out
from webapp.formatters import Output, formatters
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.services.auditing import audit

WORDS = "Nobody has said which formatter lays out team.news"


def each(items):
    return [Output(item.subject, "text", None, (item.id,)) for item in items]


@pytest.fixture
def two(world, formatter):
    """Two formatters that support ``team.news``, which names neither; another channel goes on."""
    world.person("ada", role="admin")
    for name in ("first", "second"):
        formatter(name, each, channels=("team.n*",))
    world.channel("team.other")


def named(world):
    world.execute(update(Channel).where(Channel.name == "team.news").values(formatter="second"))


def released(world):
    with writing(world.session) as session:
        return release_laid_out(session, now=world.clock.now(), by="ada")


def test_nothing_is_sent_and_one_alert_is_told(world, two, caplog):
    caplog.set_level(logging.WARNING)
    world.post("emil", "edith")
    world.post(channel="team.other")
    assert world.dispatch() == {"held": 2, "sent": 1}
    world.post()
    assert world.dispatch() == {"held": 1}
    held = world.rows(state="held")
    assert {(row.reason, row.failures, row.evidence["evidence"]["formatters"]) for row in held} == {
        ("AMBIGUOUS_FORMATTER", 0, "first, second")
    }
    assert [(record.levelname, record.message) for record in caplog.records if WORDS in record.message] == [
        ("ERROR", WORDS)
    ]
    world.clock.advance(timedelta(minutes=61))
    world.post()
    world.dispatch()
    assert sum(WORDS in record.message for record in caplog.records) == 2, "it lasts"


def test_it_goes_out_once_the_channel_names_one(world, two):
    world.post()
    world.dispatch()
    assert released(world) == 0
    named(world)
    assert released(world) == 1
    assert world.dispatch() == {"sent": 1}
    assert world.moves() == [
        (None, "queued"), ("queued", "sending"), ("sending", "held"), ("held", "queued"), ("queued", "sending"),
        ("sending", "sent"),
    ]  # fmt: skip
    assert audit.check(now=world.clock.now()) == []


def test_a_sweep_lets_go_what_a_plugin_that_is_gone_held_up(world, two, formatter):
    world.channel("team.nights")
    world.post()
    world.post(channel="team.nights")
    world.dispatch()
    world.retry()
    assert world.states() == ["held", "held"]
    formatters()._plugins["second"].channels = ("team.nights",)
    world.clock.advance(5)
    world.retry()
    assert world.states() == ["queued", "held"], "only that for which it is clear"


def test_what_waits_for_something_else_stays(world, two):
    world.post()
    world.dispatch()
    world.execute(update(Channel).values(formatter="second"))
    world.execute(update(Delivery).values(reason="NO_PROVIDER"))
    assert released(world) == 0
