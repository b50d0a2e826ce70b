"""The facts of a decision in words."""

from datetime import UTC, datetime, time, timedelta

import pytest

from tests.domain.worlds import WORLDS
from webapp.domain.decision import Facts, as_record, decide, facts_of
from webapp.domain.digest import Digest
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.reason import Reason
from webapp.views._fact_words import DECISIVE, fact_table

NOW = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)  # a Monday
TOLD_WITH_ANOTHER = {"now", "channel", "muted_until", "switched_off_at"}
TOLD_WITH_ANOTHER |= {f"{whose}_version" for whose in ("provider", "policy", "subscriber")}
FACTS = Facts(
    now=NOW, medium="email", channel="team.news", visible_at=NOW, expires_at=NOW + timedelta(days=1),
    recipient_active=True, address="bo@example.com", provider="main", provider_version=3, policy="optimizely",
    policy_version=2, formatters=("plain",),
)  # fmt: skip
UNTIL = NOW + timedelta(hours=1)


@pytest.fixture
def told(app):
    def look(**facts):
        these = FACTS._replace(**facts)
        decision = decide(these)
        with app.test_request_context():
            return decision, fact_table(facts_of(as_record(these, decision)), decision.reason)

    return look


def test_every_fact_has_words(told):
    tables = [told(subscriber=name)[1] for name in (None, "archive")]
    all_told = {fact.name for table in tables for fact in table}
    assert all_told == set(Facts._fields) - TOLD_WITH_ANOTHER
    assert all(len({fact.label for fact in table}) == len(table) for table in tables)


def test_of_a_subscriber_there_is_no_word_about_a_person_and_of_a_person_none_about_a_subscriber(told):
    person, archive = ({fact.name for fact in told(subscriber=name)[1]} for name in (None, "archive"))
    assert person - archive >= {"recipient_active", "preference", "quiet_hours", "provider"}
    assert archive - person == {"subscriber", "switched_off"}


def test_every_reason_of_a_decision_has_its_facts():
    assert DECISIVE.keys() == {world.reason for world in WORLDS} - {None}
    assert set().union(*DECISIVE.values()) <= set(Facts._fields)


@pytest.mark.parametrize(
    ("facts", "name", "value"),
    [
        ({"preference": "off"}, "preference", "turned off"),
        ({"muted": "sender", "muted_until": UNTIL}, "muted", "the sender, until 3 Mar 2026, 00:00"),
        ({"muted": "channel"}, "muted", "the channel"),
        ({"address": None}, "address", "none"),
        ({"address": None, "unverified": True}, "unverified", "yes"),
        ({"read_at": NOW}, "read_at", "23:00"),
        ({"unread_after_s": 900}, "unread_after_s", "after 15 min"),
        ({"digest": Digest(time(17))}, "digest", "daily at 17:00"),
        ({"quiet_hours": (QuietHours.read("mon 22:00-07:00"),)}, "quiet_hours", "Mon 22:00–07:00"),
        ({"formatters": ("digest", "plain")}, "formatters", "digest, plain"),
        ({"provider": None}, "provider", "none"),
        (
            {"subscriber": "archive", "switched_off": "gone", "switched_off_at": NOW},
            "switched_off",
            "its endpoint said that it is gone, at 23:00",
        ),
        ({"paused_until": UNTIL, "paused_reason": Reason.AUTH}, "paused_reason", "Sign-in refused"),
        ({"paused_until": UNTIL}, "paused_until", "3 Mar 2026, 00:00"),
        ({"recipient_active": False}, "recipient_active", "no"),
    ],
)
def test_the_fact_that_decided_it_is_marked(told, facts, name, value):
    decision, table = told(**facts)
    assert decision.reason in DECISIVE
    assert [(fact.name, fact.value) for fact in table if fact.decided] == [(name, value)]


@pytest.mark.parametrize(("first_try", "words"), [(None, "none"), (UNTIL, "3 Mar 2026, 00:00")])
def test_the_batch_for_which_a_digest_waits_is_told(told, first_try, words):
    _, table = told(digest=Digest(), first_try=first_try)
    assert {fact.name: fact.value for fact in table}["first_try"] == words


def test_a_version_stands_with_what_it_is_of(told):
    _, table = told()
    values = {fact.name: fact.value for fact in table}
    assert (values["provider"], values["policy"]) == ("main, version 3", "optimizely, version 2")


def test_what_an_older_decision_did_not_know_of_is_left_out(app):
    with app.test_request_context():
        assert [fact.name for fact in fact_table({"address": None, "recipient_active": True}, None)] == [
            "recipient_active", "address",
        ]  # fmt: skip
