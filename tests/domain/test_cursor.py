"""Cursors: opaque, exact, and nothing else is taken for one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.cursor import Cursor
from webapp.domain.refusal import Missing

AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
ID = "01JD8Z7K4M0000000000000000"


@given(st.timedeltas(min_value=timedelta(days=-36500), max_value=timedelta(days=36500)))
def test_it_comes_back_to_the_microsecond(passed):
    at = AT + passed
    assert Cursor.read(str(Cursor(at, ID))) == Cursor(at, ID)


def test_it_needs_no_quoting_in_an_address():
    assert str(Cursor(AT, ID)).replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("word", ["", "x", "%%%", "é", "YQ", "MS4x", "\x00", "A" * 400, "/////"])
def test_what_is_no_cursor_is_missing(word):
    with pytest.raises(Missing):
        Cursor.read(word)


def test_an_id_that_none_of_ours_can_be_is_missing():
    with pytest.raises(Missing):
        Cursor.read(str(Cursor(AT, "a\x00b")))
