"""What can be somebody's username."""

import pytest

from webapp.domain.username import may_be_username


@pytest.mark.parametrize("text", ["a", "emil", "jo.van-de_berg2", "x" * 50])
def test_what_can_be_one(text):
    assert may_be_username(text)


@pytest.mark.parametrize("text", ["", "Emil", "e mil", "emil\n", "e\0", "\ud800", "é", "x" * 51], ids=ascii)
def test_nothing_else_can(text):
    assert not may_be_username(text)
