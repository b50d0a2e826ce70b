"""The rows of what a subscriber is told of: read as they were sent, changed by the buttons among them."""

import pytest
from werkzeug.datastructures import MultiDict

from webapp.forms.subscribers import Wants, field_of

SENT = MultiDict(
    [
        ("channel", "team.news"), ("team.news:groups", "2"), ("team.news:0:source", " 1 "), ("team.news:0:level", ""),
        ("team.news:1:level", "*"), ("channel", "team.other"), ("channel", "team.news"),
    ]
)  # fmt: skip


@pytest.fixture
def wants():
    return Wants.read(SENT)


def blocks(wants):
    return [(block.channel, block.groups) for block in wants.blocks]


BOTH = [("team.news", [{"source": "1"}, {"level": "*"}]), ("team.other", [{}])]


def test_what_was_sent_is_read_and_what_is_empty_is_not_asked_for(wants):
    assert blocks(wants) == BOTH


@pytest.mark.parametrize("marker", ["", "x", "-1", "0", "99999", "²"])
def test_a_marker_that_says_nothing_sensible_is_one_group(marker):
    assert blocks(Wants.read(MultiDict({"channel": "a.b", "a.b:groups": marker}))) == [("a.b", [{}])]


@pytest.mark.parametrize(
    ("step", "chosen", "expected"),
    [
        ("add", "team.third", [*BOTH, ("team.third", [{}])]),
        ("add", "team.news", BOTH),
        ("add", "", BOTH),
        ("group team.other", "", [BOTH[0], ("team.other", [{}, {}])]),
        ("drop team.news 0", "", [("team.news", [{"level": "*"}]), BOTH[1]]),
        ("drop team.other 0", "", BOTH),
        ("drop team.news 7", "", BOTH),
        ("drop team.news", "", BOTH[1:]),
        ("drop no.such", "", BOTH),
        ("", "team.third", BOTH),
        ("burn team.news", "", BOTH),
    ],
)
def test_a_button_changes_the_rows(wants, step, chosen, expected):
    wants.step(step, chosen)
    assert blocks(wants) == expected


def test_a_control_is_read_back_by_its_name():
    sent = MultiDict({"channel": "a.b", "a.b:groups": "2", field_of("a.b", 1, "messageType"): "x"})
    assert blocks(Wants.read(sent)) == [("a.b", [{}, {"messageType": "x"}])]
