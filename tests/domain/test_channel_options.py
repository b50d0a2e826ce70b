"""ChannelOptions: what is wrong with them by themselves, and how they are told."""

from datetime import UTC, datetime

import pytest

from webapp.domain.channel_options import ChannelOptions, first_try


def options(**more) -> ChannelOptions:
    return ChannelOptions(**{"title": "News", **more})


def problems(**more) -> dict[str, str]:
    return {field: sentence for field, sentence in options(**more).problems().items() if sentence}


def test_the_defaults_are_sound():
    assert problems() == {}
    assert (options().media, options().policy, options().posters) == (("email",), "optimizely", None)


@pytest.mark.parametrize(
    "more",
    [
        {"media": ()},
        {"immediate": True},
        {"every_s": 604800},
        {"ttl_s": 1},
        {"every_s": 3600, "ttl_s": 3601},
        {"keep_months": 1},
        {"keep_months": 120},
        {"posters": ()},
        {"posters": ("role:operator", "ada")},
        {"filter_keys": ("source", "messageType", "level_2")},
    ],
)
def test_what_is_sound(more):
    assert problems(**more) == {}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "fill"),
        ("title", "x" * 101, "100"),
        ("description", "x" * 501, "500"),
        ("media", ("pigeon",), "“pigeon” is no medium"),
        ("media", ("webhook",), "no medium for people"),
        ("media", ("sms", "sms"), "once"),
        ("every_s", -1, "From 0 to 604800 seconds"),
        ("every_s", 604801, "From 0 to 604800 seconds"),
        ("ttl_s", 0, "seconds"),
        ("keep_months", 0, "From 1 to 120 months"),
        ("keep_months", 121, "From 1 to 120 months"),
        ("posters", ("role:king",), "“king” is no role"),
        ("posters", ("Not A Name",), "nobody named “Not A Name”"),
        ("posters", ("ada", "ada"), "once"),
        ("posters", tuple(f"u{n}" for n in range(201)), "At most 200"),
        ("filter_keys", ("a b",), "“a b” is no key"),
        ("filter_keys", ("2nd",), "a letter first"),
        ("filter_keys", ("messageType", "message_type"), "are one key"),
        ("filter_keys", tuple(f"k{n}" for n in range(21)), "At most 20 keys"),
    ],
)
def test_what_is_wrong_is_said_of_the_field(field, value, words):
    found = problems(**{field: value})
    assert list(found) == [field]
    assert words in found[field] or (field, value) == ("title", "")


def test_a_channel_cannot_be_immediate_and_batch():
    assert list(problems(immediate=True, every_s=60)) == ["every_s"]


def test_they_are_told_by_name_and_are_the_same_again():
    made = options(ttl_s=300.0, posters=("ada",))
    assert ChannelOptions(**made.told()) == made
    assert list(made.told())[:2] == ["title", "description"]


@pytest.mark.parametrize("ttl_s", [60, 86400])
def test_what_expires_before_the_channel_is_tried_is_refused(ttl_s):
    found = problems(every_s=86400, ttl_s=ttl_s)
    assert found == {"ttl_s": "Longer than 86400 seconds, please: it would expire before the channel is tried."}


@pytest.mark.parametrize(("every_s", "hour", "minute"), [(0, 15, 30), (900, 15, 30), (3600, 16, 0), (14400, 16, 0)])
def test_the_first_try_is_at_once_or_at_the_next_multiple(every_s, hour, minute):
    at = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    assert first_try(at, every_s) == at.replace(hour=hour, minute=minute)
