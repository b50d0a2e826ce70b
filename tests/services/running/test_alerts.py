"""Alerts: into every administrator's inbox and the log, once an incident."""

import logging

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from webapp.domain.alert import LONGEST_TOPIC, Alert, no_provider, provider_paused
from webapp.domain.refusal import Refused
from webapp.extensions import db
from webapp.models.job import JobLease
from webapp.models.message import Message, UserNotification
from webapp.services.posting import channels
from webapp.services.running import alerts

PAUSED = provider_paused(7, "smtp-main", "535 no")


@pytest.fixture
def team(bare_world):
    bare_world.person("ada", role="admin")
    bare_world.person("adam", role="admin")
    bare_world.person("ann", role="admin", active=False)
    bare_world.person("olaf", role="operator")
    return bare_world


def tell(world, alert=PAUSED):
    return alerts.post(alert=alert, now=world.clock.now(), public_url="https://belfry.example")


def copies():
    joined = select(Message.subject, UserNotification.user_id).join(
        UserNotification, UserNotification.message_id == Message.id
    )
    return sorted((row.subject, row.user_id) for row in db.session.execute(joined))


def test_the_longest_topic_fits_the_row_that_keeps_others_quiet(team):
    tell(team, Alert("t" * LONGEST_TOPIC, "Something is wrong", "Look."))
    [kept] = db.session.scalars(select(JobLease.name))
    assert len(kept) == JobLease.__table__.c.name.type.length


def test_every_active_administrator_is_told_once_within_the_hour(team, caplog):
    caplog.set_level(logging.WARNING)
    assert tell(team)
    assert [record.message for record in caplog.records] == ["smtp-main is paused, and nobody stands in"]
    for wait, told in ((0, False), (3599, False), (1, True)):
        team.clock.advance(wait)
        assert tell(team) is told
    assert (
        copies()
        == [("smtp-main is paused, and nobody stands in", 1), ("smtp-main is paused, and nobody stands in", 1)]
        + [("smtp-main is paused, and nobody stands in", 2)] * 2
    )


def test_another_incident_is_told_of_as_well(team):
    assert tell(team)
    assert tell(team, no_provider("email"))
    assert len(copies()) == 4
    message = db.session.scalars(select(Message).order_by(Message.id)).first()
    assert (message.system_sender, message.sender_id, message.link) == (
        "Belfry", None, "https://belfry.example/providers/smtp-main",
    )  # fmt: skip


def test_nobody_else_posts_on_its_channel(team):
    tell(team)
    [channel] = channels.listed()
    assert (channel.name, channel.media) == ("belfry.alerts", ())
    with pytest.raises(Refused, match="may not post"):
        team.post("olaf", sender="ada", channel="belfry.alerts")


def test_without_an_administrator_the_log_has_it(bare_world, caplog):
    caplog.set_level(logging.WARNING)
    assert not tell(bare_world)
    assert caplog.records[0].message == "smtp-main is paused, and nobody stands in"
    assert copies() == []


def test_a_program_that_administers_is_told_but_is_nobody(bare_world, caplog):
    caplog.set_level(logging.WARNING)
    bot = bare_world.person("bot", role="admin", service=True)
    assert tell(bare_world)
    assert copies() == [("smtp-main is paused, and nobody stands in", bot)]
    assert caplog.messages[1:] == ["Nobody could be told: no person is an active administrator."]


def test_an_alert_that_could_not_be_posted_is_not_counted_as_told(team, monkeypatch):
    def away(**_told):
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr("webapp.services.posting.notifier.post_as_system", away)
        with pytest.raises(OperationalError):
            tell(team)
    assert tell(team)
