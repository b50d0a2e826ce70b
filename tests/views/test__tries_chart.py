"""Where each try is drawn."""

from itertools import pairwise

import pytest

from tests.support.presets import PRESETS
from webapp.domain.retry_policy import RetryPolicy, Rule
from webapp.services.posting import policies
from webapp.views._tries_chart import WIDTH, chart

NAMED = {policy.name: policy for policy in PRESETS}


def drawn(policy):
    return chart(policies.tables(policy))


def steps(*delays, **more):
    return RetryPolicy(name="p", kind="steps", steps=delays, max_attempts=len(delays) + 1, **more)


def test_the_first_try_is_at_the_left_and_the_last_one_at_the_right():
    [track] = drawn(NAMED["optimizely"]).tracks
    places = [mark.x for mark in track.marks]
    assert places == sorted(places)
    assert (places[0], places[-1], len(places)) == (12, WIDTH - 12, 4)
    assert track.ends_x == places[-1]


def test_a_straight_scale_where_that_shows_them_all():
    even = drawn(steps(60, 60, 60, 60))
    assert not even.logarithmic
    assert [mark.x for mark in even.tracks[0].marks] == [12, 96, 180, 264, 348]
    assert even.ticks == ((12, "0"), (348, "4 min"))


def test_a_logarithmic_one_where_early_tries_would_run_together():
    drawing = drawn(NAMED["open-notificaties"])
    assert drawing.logarithmic
    places = [mark.x for mark in drawing.tracks[0].marks]
    assert min(after - before for before, after in pairwise(places)) > 15


@pytest.mark.parametrize("policy", PRESETS, ids=lambda policy: policy.name)
def test_words_on_the_scale_do_not_meet(policy):
    places = [x for x, _ in drawn(policy).ticks]
    assert all(after - before >= 46 for before, after in pairwise(places))
    assert places[-1] == WIDTH - 12


def test_where_chance_decides_a_try_is_a_bar():
    first, second, third = drawn(NAMED["zitadel"]).tracks[0].marks
    assert [mark.wide for mark in (first, second, third)] == [False, True, True]
    assert third.least_x < third.x
    assert drawn(NAMED["zitadel"]).ticks[-1][1] == "3.8 s"


def test_each_type_has_its_line():
    drawing = drawn(NAMED["kazoo"])
    assert [track.label for track in drawing.tracks] == ["message", "voicemail_new"]
    assert drawing.tracks[0].y < drawing.tracks[1].y < drawing.height


def test_not_more_types_than_there_is_room_for():
    rules = {f"type_{n}": {"1": Rule(retries=n + 1)} for n in range(20)}
    assert len(drawn(steps(60, rules=rules)).tracks) == 6


@pytest.mark.parametrize("policy", [steps(), steps(0, 0)], ids=["one try", "no delays"])
def test_nothing_is_drawn_where_nothing_comes_later(policy):
    assert drawn(policy) is None


def test_a_thousand_tries_are_not_a_thousand_marks():
    many = RetryPolicy(name="p", kind="linear", initial_s=1, max_attempts=1000)
    assert len(drawn(many).tracks[0].marks) == 61
