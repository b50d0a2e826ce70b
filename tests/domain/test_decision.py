"""decide(): each rule, and which of them speaks first."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain.decision import Action, Facts, as_record, decide, decide_all, facts_of
from webapp.domain.digest import Digest
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.reason import Reason

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FINE = Facts(
    now=NOW, medium="email", channel="team.news", visible_at=NOW, expires_at=NOW + timedelta(days=1),
    recipient_active=True, address="emil@example.com", provider="smtp-main", provider_version=7, policy="optimizely",
    policy_version=2,
)  # fmt: skip
# In the order in which they are asked.
HOUR = timedelta(hours=1)
AGAINST = [
    ({"expires_at": NOW}, Action.CANCEL, "EXPIRED"),
    ({"visible_at": NOW + timedelta(seconds=1)}, Action.WAIT, "NOT_YET"),
    ({"recipient_active": False}, Action.FILTER, "RECIPIENT_INACTIVE"),
    ({"preference": "off"}, Action.FILTER, "PREF_OFF"),
    ({"muted": "sender"}, Action.FILTER, "MUTED"),
    ({"address": None}, Action.FILTER, "NO_ADDRESS"),
    ({"read_at": NOW}, Action.FILTER, "ALREADY_READ"),
    ({"unread_after_s": 3600}, Action.WAIT, "IF_UNREAD"),
    ({"digest": Digest.read("daily 17:00")}, Action.WAIT, "DIGESTED"),
    ({"quiet_hours": (QuietHours.read("mon 08:00-10:00"),)}, Action.WAIT, "QUIET_HOURS"),
    ({"formatters": ("plain", "newest")}, Action.HOLD, "AMBIGUOUS_FORMATTER"),
    ({"provider": None, "provider_version": None}, Action.HOLD, "NO_PROVIDER"),
    ({"paused_until": NOW + timedelta(seconds=9), "paused_reason": Reason.TLS}, Action.HOLD, "PROVIDER_PAUSED"),
    ({"paused_until": NOW + timedelta(seconds=9)}, Action.HOLD, "RATE_LIMITED"),
]
# What a person is shown of each of them, word for word.
EVIDENCE = {
    "EXPIRED": {"expired": "2026-03-02T09:00:00+00:00"},
    "NOT_YET": {"visible": "2026-03-02T09:00:01+00:00"},
    "RECIPIENT_INACTIVE": {"account": "deactivated"},
    "PREF_OFF": {"preference": "off", "channel": "team.news", "medium": "email"},
    "MUTED": {"muted": "sender", "channel": "team.news"},
    "NO_ADDRESS": {"medium": "email"},
    "ALREADY_READ": {"read": "2026-03-02T09:00:00+00:00"},
    "IF_UNREAD": {"unread for": 3600, "until": "2026-03-02T10:00:00+00:00"},
    "DIGESTED": {"digest": "daily 17:00", "zone": "UTC"},
    "QUIET_HOURS": {"until": "2026-03-02T10:00:00+00:00", "zone": "UTC"},
    "AMBIGUOUS_FORMATTER": {"formatters": "plain, newest"},
    "NO_PROVIDER": {"medium": "email"},
    "PROVIDER_PAUSED": {"provider": "smtp-main", "until": "2026-03-02T09:00:09+00:00", "fault": Reason.TLS},
    "RATE_LIMITED": {"provider": "smtp-main", "until": "2026-03-02T09:00:09+00:00"},
}


def test_nothing_against_it_is_send_and_names_the_provider():
    decision = decide(FINE)
    assert (decision.action, decision.reason, decision.at) == (Action.SEND, None, None)
    assert decision.evidence == {
        "provider": "smtp-main", "version": 7, "policy": "optimizely", "policy version": 2,
        "preference": "nothing said",
    }  # fmt: skip


def test_what_has_no_policy_names_none():
    assert set(decide(FINE._replace(policy=None)).evidence) == {"provider", "version", "preference"}


def test_a_fallback_names_the_one_that_it_stands_in_for():
    decision = decide(FINE._replace(provider="smtp-backup", stands_in_for="smtp-main"))
    assert (decision.evidence["provider"], decision.evidence["stands in for"]) == ("smtp-backup", "smtp-main")


@pytest.mark.parametrize(
    ("facts", "said"),
    [({"preference": "on"}, "on"), ({}, "nothing said"),
     ({"preference": "off", "required": True}, "not asked: the channel is required")],
)  # fmt: skip
def test_what_is_sent_names_on_whose_word(facts, said):
    assert decide(FINE._replace(**facts)).evidence["preference"] == said


def test_who_waits_for_a_provider_waits_no_longer_than_until_then():
    until = NOW + timedelta(seconds=9)
    assert decide(FINE._replace(paused_until=until, now=until)).action is Action.SEND


@pytest.mark.parametrize(("against", "action", "reason"), AGAINST)
def test_each_rule(against, action, reason):
    decision = decide(FINE._replace(**against))
    assert (decision.action, decision.reason) == (action, reason)
    at = {"NOT_YET": NOW + timedelta(seconds=1), "IF_UNREAD": NOW + HOUR, "DIGESTED": NOW + 8 * HOUR,
          "QUIET_HOURS": NOW + HOUR}  # fmt: skip
    assert decision.at == at.get(reason)
    assert decision.evidence == EVIDENCE[reason]


@pytest.mark.parametrize("against", [against for against, action, _ in AGAINST if action is Action.WAIT])
def test_what_would_wait_until_it_is_too_late_ends_at_once(against):
    waits = decide(FINE._replace(**against))
    assert waits.at
    for expires_at, reason in ((waits.at, "EXPIRED"), (waits.at + timedelta(microseconds=1), waits.reason)):
        decision = decide(FINE._replace(**against, expires_at=expires_at))
        assert decision.reason == reason
    in_vain = decide(FINE._replace(**against, expires_at=waits.at))
    assert (in_vain.action, in_vain.at) == (Action.CANCEL, None)
    assert in_vain.evidence == {"expires": waits.at.isoformat(), "would wait for": waits.reason, **waits.evidence}


@pytest.mark.parametrize(
    "wish",
    [{"preference": "off"}, {"muted": "channel"}, {"read_at": NOW}, {"unread_after_s": 3600},
     {"digest": Digest.read("hourly"), "now": NOW + timedelta(minutes=1), "visible_at": NOW + timedelta(minutes=1)},
     {"quiet_hours": (QuietHours.read("mon 08:00-10:00"),)}],
    ids=lambda wish: next(iter(wish)),
)  # fmt: skip
def test_a_required_channel_asks_for_nobody_s_wishes(wish):
    assert decide(FINE._replace(**wish)).action is not Action.SEND
    assert decide(FINE._replace(**wish, required=True)).action is Action.SEND


@pytest.mark.parametrize(("muted_until", "reason"), [(None, "MUTED"), (NOW, None), (NOW + HOUR, "MUTED")])
def test_a_mute_ends(muted_until, reason):
    decision = decide(FINE._replace(muted="channel", muted_until=muted_until))
    assert decision.reason == reason
    assert not reason or decision.evidence == {
        "muted": "channel", "channel": "team.news", **({"until": muted_until.isoformat()} if muted_until else {}),
    }  # fmt: skip


@pytest.mark.parametrize("read", [{"read_at": NOW}, {"unread_after_s": 3600}, {"read_at": NOW, "unread_after_s": 60}])
def test_what_a_person_has_sent_again_goes_whatever_was_read(read):
    assert decide(FINE._replace(**read)).action is not Action.SEND
    assert decide(FINE._replace(**read, generation=2)).action is Action.SEND


def test_a_copy_of_what_stays_unread_waits_for_the_digest_after_that():
    wishes = {"unread_after_s": 3600, "digest": Digest.read("hourly")}
    waits = FINE._replace(**wishes, visible_at=NOW + timedelta(minutes=1), now=NOW + timedelta(minutes=61))
    assert decide(waits).at == NOW + 2 * HOUR
    assert decide(waits._replace(required=True)).action is Action.SEND


def test_who_could_not_say_where_is_asked_again():
    decision = decide(FINE._replace(address=None, resolver="desk", unresolved="ValueError: no", unverified=True))
    assert (decision.action, decision.reason) == (Action.HOLD, "RESOLVER_FAILED")
    assert decision.evidence == {"medium": "email", "resolver": "desk", "error": "ValueError: no"}
    none = decide(FINE._replace(address=None, resolver="desk"))
    assert none.evidence == {"medium": "email", "resolver": "desk"}


def test_an_address_that_nobody_has_verified_is_told_from_none():
    decision = decide(FINE._replace(address=None, unverified=True))
    assert (decision.action, decision.reason) == (Action.FILTER, "ADDRESS_UNVERIFIED")


@pytest.mark.parametrize("first", range(len(AGAINST)))
def test_whoever_is_asked_first_decides(first):
    everything = {name: value for against, _, _ in AGAINST[first:] for name, value in against.items()}
    assert decide(FINE._replace(**everything)).reason == AGAINST[first][2]


@pytest.mark.parametrize(("age", "action"), [(299, Action.SEND), (300, Action.CANCEL), (301, Action.CANCEL)])
def test_the_time_to_live_is_over_at_its_very_second(age, action):
    now, expires_at = NOW + timedelta(seconds=age), NOW + timedelta(seconds=300)
    assert decide(FINE._replace(now=now, expires_at=expires_at)).action is action


@pytest.mark.parametrize(
    ("said", "required", "reason"),
    [("off", False, "PREF_OFF"), ("off", True, None), ("on", False, None), ("on", True, None), (None, False, None)],
)
def test_what_somebody_turned_off_stays_off_unless_the_channel_is_required(said, required, reason):
    decision = decide(FINE._replace(preference=said, required=required))
    assert decision.reason == reason
    if reason:
        assert decision.evidence == {"preference": "off", "channel": "team.news", "medium": "email"}


def test_a_record_of_before_a_fact_was_asked_for_has_it_as_if_nobody_had_said_anything():
    kept = as_record(FINE, decide(FINE))
    assert not {"preference", "required"} & set(kept["facts"])
    assert (facts_of(kept)["preference"], facts_of(kept)["required"]) == (None, False)


def test_an_empty_address_is_none():
    assert decide(FINE._replace(address="")).reason == "NO_ADDRESS"


def test_what_is_kept_of_a_decision_is_plain_and_names_every_fact():
    waits = FINE._replace(visible_at=NOW + timedelta(seconds=60))
    kept = as_record(waits, decide(waits))
    assert json.loads(json.dumps(kept)) == kept
    assert (kept["action"], kept["reason"], kept["at"]) == ("wait", "NOT_YET", "2026-03-02T09:01:00+00:00")
    assert kept["evidence"] == {"visible": "2026-03-02T09:01:00+00:00"}
    assert kept["facts"]["now"] == NOW.isoformat()
    assert list(facts_of(kept)) == list(Facts._fields)


def test_nothing_is_kept_of_what_is_as_it_is_by_default():
    kept = as_record(FINE, decide(FINE))["facts"]
    same = {name for name, default in Facts._field_defaults.items() if getattr(FINE, name) == default}
    assert set(kept) == set(Facts._fields) - same
    assert facts_of({"facts": kept}) == json.loads(json.dumps(facts_of({"facts": kept}))), "plain values"


def test_what_is_kept_of_a_person_s_wishes_is_as_they_would_write_them():
    wishes = {"quiet_hours": (QuietHours.read("mon 22:00-07:00"),), "digest": Digest.read("daily 17:00")}
    facts = as_record(FINE._replace(**wishes), decide(FINE))["facts"]
    assert (facts["quiet_hours"], facts["digest"]) == (["mon 22:00-07:00"], "daily 17:00")


def test_a_lot_is_decided_on_as_each_by_itself():
    people = [FINE._replace(address=address) for address in ("a@example.com", "b@example.com", None)]
    lot = [one._replace(**against) for against, *_ in AGAINST for one in people] + people
    assert list(decide_all(lot)) == [(decide(one), as_record(one, decide(one))) for one in lot]
