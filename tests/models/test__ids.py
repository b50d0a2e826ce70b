"""Ids that sort by time."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.models._ids import first_id, new_id

pytestmark = pytest.mark.one_database
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_the_first_id_of_a_moment_lies_between_those_before_it_and_those_of_it():
    assert new_id(NOW - timedelta(milliseconds=1)) < first_id(NOW) <= new_id(NOW)


@pytest.mark.parametrize("early", [datetime(1969, 12, 31, 23, 59, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)])
def test_before_1970_no_id_begins(early):
    assert first_id(early) == "0" * 26
