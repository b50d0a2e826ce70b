"""decide(): each rule, and which of them speaks first."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain.decision import Action, Facts, as_record, decide, facts_of
from webapp.domain.reason import Reason

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FINE = Facts(
    now=NOW, medium="email", channel="team.news", visible_at=NOW, expires_at=NOW + timedelta(seconds=300),
    recipient_active=True, address="emil@example.com", provider="smtp-main", provider_version=7,
)  # fmt: skip
# In the order in which they are asked.
AGAINST = [
    ({"expires_at": NOW}, Action.CANCEL, "EXPIRED"),
    ({"visible_at": NOW + timedelta(seconds=1)}, Action.WAIT, "NOT_YET"),
    ({"recipient_active": False}, Action.FILTER, "RECIPIENT_INACTIVE"),
    ({"preference": "off"}, Action.FILTER, "PREF_OFF"),
    ({"address": None}, Action.FILTER, "NO_ADDRESS"),
    ({"provider": None, "provider_version": None}, Action.HOLD, "NO_PROVIDER"),
    ({"paused_until": NOW + timedelta(seconds=9), "paused_reason": Reason.TLS}, Action.HOLD, "PROVIDER_PAUSED"),
    ({"paused_until": NOW + timedelta(seconds=9)}, Action.HOLD, "RATE_LIMITED"),
]


def test_nothing_against_it_is_send_and_names_the_provider():
    decision = decide(FINE)
    assert (decision.action, decision.reason, decision.at) == (Action.SEND, None, None)
    assert decision.evidence == {"provider": "smtp-main", "version": 7}


def test_a_fallback_names_the_one_that_it_stands_in_for():
    decision = decide(replace(FINE, provider="smtp-backup", stands_in_for="smtp-main"))
    assert decision.evidence == {"provider": "smtp-backup", "version": 7, "stands in for": "smtp-main"}


def test_who_waits_for_a_provider_is_told_until_when():
    until = NOW + timedelta(seconds=9)
    assert decide(replace(FINE, paused_until=until)).evidence == {"provider": "smtp-main", "until": until.isoformat()}
    paused = decide(replace(FINE, paused_until=until, paused_reason=Reason.TLS))
    assert paused.evidence["fault"] is Reason.TLS
    assert decide(replace(FINE, paused_until=until, now=until)).action is Action.SEND


@pytest.mark.parametrize(("against", "action", "reason"), AGAINST)
def test_each_rule(against, action, reason):
    decision = decide(replace(FINE, **against))
    assert (decision.action, decision.reason) == (action, reason)
    assert decision.at == against.get("visible_at")


def test_an_address_that_nobody_has_verified_is_told_from_none():
    decision = decide(replace(FINE, address=None, unverified=True))
    assert (decision.action, decision.reason) == (Action.FILTER, "ADDRESS_UNVERIFIED")


@pytest.mark.parametrize("first", range(len(AGAINST)))
def test_whoever_is_asked_first_decides(first):
    everything = {name: value for against, _, _ in AGAINST[first:] for name, value in against.items()}
    assert decide(replace(FINE, **everything)).reason == AGAINST[first][2]


@pytest.mark.parametrize(("age", "action"), [(299, Action.SEND), (300, Action.CANCEL), (301, Action.CANCEL)])
def test_the_time_to_live_is_over_at_its_very_second(age, action):
    assert decide(replace(FINE, now=NOW + timedelta(seconds=age))).action is action


@pytest.mark.parametrize(
    ("said", "required", "reason"),
    [("off", False, "PREF_OFF"), ("off", True, None), ("on", False, None), ("on", True, None), (None, False, None)],
)
def test_what_somebody_turned_off_stays_off_unless_the_channel_is_required(said, required, reason):
    decision = decide(replace(FINE, preference=said, required=required))
    assert decision.reason == reason
    if reason:
        assert decision.evidence == {"preference": "off", "channel": "team.news", "medium": "email"}


def test_a_record_of_before_a_fact_was_asked_for_has_it_as_if_nobody_had_said_anything():
    kept = as_record(FINE, decide(FINE))
    old = {
        **kept,
        "facts": {name: fact for name, fact in kept["facts"].items() if name not in ("preference", "required")},
    }
    assert facts_of(old) == kept["facts"] == facts_of(kept)


def test_an_empty_address_is_none():
    assert decide(replace(FINE, address="")).reason == "NO_ADDRESS"


def test_what_is_kept_of_a_decision_is_plain_and_names_every_fact():
    waits = replace(FINE, visible_at=NOW + timedelta(seconds=60))
    kept = as_record(waits, decide(waits))
    assert json.loads(json.dumps(kept)) == kept
    assert (kept["action"], kept["reason"], kept["at"]) == ("wait", "NOT_YET", "2026-03-02T09:01:00+00:00")
    assert kept["evidence"] == {"visible": "2026-03-02T09:01:00+00:00"}
    assert set(kept["facts"]) == {field.name for field in fields(Facts)}
    assert kept["facts"]["now"] == NOW.isoformat()
