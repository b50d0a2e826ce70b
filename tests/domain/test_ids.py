"""What can be one of our ids."""

from datetime import UTC, datetime

import pytest

from webapp.domain.ids import is_id
from webapp.models._ids import new_id


def test_a_new_id_is_one():
    assert is_id(new_id(datetime(2026, 3, 2, tzinfo=UTC)))


@pytest.mark.parametrize(
    "text", ["", "7", "01JD8Z7K4M000000000000000\x00", "01JD8Z7K4M0000000000000000\n", "\ud800" * 26]
)
def test_nothing_else_is(text):
    assert not is_id(text)
