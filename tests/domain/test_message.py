"""NotificationMessage: what cannot be posted as it is, and when it becomes visible."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import Refused

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def message(**different) -> NotificationMessage:
    usual = {"channel": "team.news", "recipients": ("emil",), "subject": "Lunch", "body": "Noon."}
    return NotificationMessage(**usual | different)


def problems(made: NotificationMessage) -> dict[str, str]:
    try:
        made.check()
    except Refused as refused:
        return refused.problems
    return {}


@pytest.mark.parametrize(
    "fine",
    [
        {},
        {"subject": "Grüße 🎉", "body": "one\r\ntwo\u2028three"},
        {"recipients": (), "roles": ("operator",)},
        {"subject": "x" * 200},
        {"body": "x" * 65536},
        {"link": "https://example.com/a?b=c"},
        {"link": "http://[::1]:8000"},
        {"type": "voicemail_new"},
        {"at": NOW},
        {"ttl_s": 0.5},
    ],
    ids=ascii,
)
def test_what_is_fine(fine):
    assert problems(message(**fine)) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipients", ()),
        ("roles", ("boss",)),
        ("roles", ("operator", "")),
        *[("subject", f"a{mark}b") for mark in "\r\n\0\u2028\u2029\x85\x0b\x0c\ud800\u202e\u2066"],
        ("subject", "x" * 201),
        ("subject", " "),
        *[("body", f"a{mark}b") for mark in "\0\x0b\ud800"],
        ("body", "é" * 32769),
        ("body", ""),
        ("link", ""),
        ("link", "javascript:alert(1)"),
        ("link", "https://"),
        ("link", "https://["),
        ("link", "https://example.com/our plans"),
        ("link", "https://ex\u00a0ample.com"),
        ("link", "https://example.com/\n"),
        ("link", "https://example.com/" + "x" * 2000),
        ("type", "Voicemail"),
        ("type", ""),
        ("type", "a b"),
        ("type", "message\n"),
        ("type", "x" * 51),
        ("at", NOW.replace(tzinfo=None)),
        ("at", datetime.max.replace(tzinfo=UTC)),
        ("at", datetime.min.replace(tzinfo=UTC)),
        ("ttl_s", 0),
        ("ttl_s", -1),
        ("ttl_s", float("nan")),
        ("ttl_s", float("inf")),
        ("ttl_s", 1e300),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_not_names_its_field(field, value):
    assert list(problems(message(**{field: value}))) == [field.removesuffix("_s")]


def test_everything_is_said_at_once():
    assert set(problems(message(subject="", body="", recipients=()))) == {"subject", "body", "recipients"}


def test_when():
    later = NOW + timedelta(hours=1)
    assert message().at is None
    assert message().scheduled(at=later).at == later
    delayed = message().delayed(by=timedelta(hours=1), now=NOW)
    assert (delayed.at, delayed.delay) == (later, timedelta(hours=1))
    assert delayed.scheduled(at=NOW).delay is None


def test_a_delay_beyond_the_calendar_is_refused():
    with pytest.raises(Refused, match="delay"):
        message().delayed(by=timedelta.max, now=NOW)
