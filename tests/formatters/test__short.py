"""Shortening: within the limit, whole letters, and an SMS that stays in its alphabet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.segments import GSM_7, segments
from webapp.formatters._short import shortened

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "longest", "short"),
    [
        ("short", None, "short"),
        ("short", 5, "short"),
        ("shorter", 6, "sho..."),
        ("sho ter", 7, "sho ter"),
        ("one two three", 10, "one two..."),
        ("Большая новость", 8, "Большая…"),
        ("été à Genève, où ça", 12, "été à Gen..."),
        (f"xx{FAMILY}y", 6, "xx..."),
        (f"ж{FAMILY}y", 6, "ж…"),
        ("жe\u0301te\u0301", 5, "жe\u0301t…"),
        ("ж👍🏽 yes", 3, "ж…"),
        ("abcd", 3, "ab…"),
        ("abcd", 1, "…"),
    ],
)
def test_the_ellipsis(text, longest, short):
    assert shortened(text, longest) == short


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300), st.integers(1, 200))
def test_it_is_never_longer_than_allowed(text, longest):
    assert len(shortened(text, longest)) <= longest


@given(st.text("abc xyz éñ", min_size=141, max_size=400))
def test_what_can_be_one_segment_stays_one(text):
    short = shortened(text, 140)
    assert (segments(short).encoding, segments(short).count) == (GSM_7, 1)
