"""Which messages a subscriber is told of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.subscription_filter import (
    MOST_GROUPS,
    matches,
    one_spelling,
    problem_in_group,
    spelled,
    strangers,
    values_of,
)

# A message that says where it comes from, of what type it is, and how grave.
MESSAGE = {"source": "1", "type": "a", "level": "high"}
KEYS = ("source", "messageType", "level_2")


@pytest.mark.parametrize(
    ("groups", "wanted"),
    [
        ([], False),  # no group on the channel: nothing
        ([{}], True),  # an empty one: everything
        ([{"source": "1"}], True),
        ([{"source": "13"}], False),
        ([{"source": "1", "type": "a", "level": "*"}], True),
        ([{"source": "13", "type": "a", "level": "*"}], False),
        ([{"source": "1", "type": "b"}], False),  # AND inside a group
        ([{"source": "13"}, {"type": "a"}], True),  # OR of groups
        ([{"source": "1"}, {"type": "a"}], True),
        ([{"source": "13"}, {"type": "b"}], False),
        ([{"place": "Utrecht"}], True),  # the message does not say
        ([{"place": "Utrecht", "source": "13"}], False),
        ([{"place": "*"}], True),
        ([{"Source": "1"}], True),
        ([{"source": "1 "}], False),
        ([{"source": ""}], False),
    ],
)
def test_the_vectors(groups, wanted):
    assert matches(groups, MESSAGE) is wanted


@pytest.mark.parametrize(
    ("asked", "written"),
    [("messageType", "message_type"), ("message_type", "messageType"), ("MessageType", "message_type"),
     ("level2Name", "level2_name"), ("x", "X")],
)  # fmt: skip
def test_camel_case_is_snake_case(asked, written):
    assert matches([{asked: "a"}], {written: "a"})
    assert not matches([{asked: "a"}], {written: "b"})


def test_an_asterisk_in_the_message_is_a_text_like_any_other():
    assert not matches([{"level": "high"}], {"level": "*"})
    assert matches([{"level": "*"}], {"level": "*"})


def test_what_a_message_has():
    assert values_of({}, type="voicemail_new") == {"type": "voicemail_new"}
    assert values_of({"n": 1, "deep": True, "off": False}, type="a", category="it") == {
        "type": "a", "category": "it", "n": "1", "deep": "true", "off": "false",
    }  # fmt: skip
    assert values_of({"Type": "own", "category": "mine"}, type="a", category="it") == {
        "type": "own", "category": "mine",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ({}, None),
        ({"source": "1", "message_type": "*", "LEVEL_2": "x" * 200}, None),
        (
            {"colour": "red"},
            "Its filter keys are source, messageType, level_2.",
        ),
        ({"source": ""}, "Say what source has to be, or * for anything."),
        ({"source": " "}, "Say what source has to be"),
        ({"source": "x" * 201}, "source: "),
        ({"source": "a\nb"}, "source: "),
        ({"messageType": "a", "message_type": "b"}, "are one key"),
    ],
)
def test_what_is_wrong_with_a_group(group, words):
    problem = problem_in_group(group, KEYS)
    assert (problem is None) if words is None else (words in problem)


def test_a_channel_without_keys():
    assert problem_in_group({}, ()) is None
    assert "It has none" in problem_in_group({"source": "1"}, ())


def test_keys_are_kept_as_the_channel_writes_them():
    assert spelled({"message_type": "a", "Source": "1", "own": "x"}, KEYS) == {
        "messageType": "a", "source": "1", "own": "x",
    }  # fmt: skip
    assert strangers({"message_type": "a", "own": "x"}, KEYS) == ["own"]


# --- whatever is asked ----------------------------------------------------------------------------------------------

_words = st.lists(st.from_regex(r"[a-z]{1,4}", fullmatch=True), min_size=1, max_size=3)
_keys = st.sampled_from(["source", "message_type", "level", "place"])
_values = st.sampled_from(["1", "a", "*", "high"])
_groups = st.lists(st.dictionaries(_keys, _values, max_size=4), max_size=MOST_GROUPS)
_messages = st.dictionaries(_keys, _values, max_size=4)


@given(_words)
def test_every_name_is_one_key_in_camel_and_in_snake(words):
    camel = words[0] + "".join(word.capitalize() for word in words[1:])
    assert one_spelling(camel) == one_spelling("_".join(words))


@given(_groups, _messages)
def test_groups_are_alternatives(groups, message):
    assert matches(groups, message) is any(matches([group], message) for group in groups)


@given(st.dictionaries(_keys, _values, max_size=4), _messages)
def test_in_a_group_every_key_must_match(group, message):
    assert matches([group], message) is all(matches([{key: value}], message) for key, value in group.items())


@given(st.dictionaries(_keys, _values, max_size=4), _messages)
def test_only_what_the_message_has_and_the_group_names_otherwise_speaks_against_it(group, message):
    others = [key for key in group.keys() & message.keys() if group[key] not in {"*", message[key]}]
    assert matches([group], message) is (not others)


@given(_groups, _messages, _keys, _values)
def test_saying_more_of_itself_never_makes_a_message_wanted(groups, message, key, value):
    less = {name: said for name, said in message.items() if name != key}
    assert matches(groups, less) or not matches(groups, {**less, key: value})
