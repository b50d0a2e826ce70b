"""Ids that sort by time."""

from datetime import UTC, datetime, timedelta

import pytest
from ulid import ULID

from webapp.models._ids import first_id, new_id

pytestmark = pytest.mark.one_database
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_the_first_id_of_a_moment_lies_between_those_before_it_and_those_of_it():
    assert new_id(NOW - timedelta(milliseconds=1)) < first_id(NOW) <= new_id(NOW)


@pytest.mark.parametrize("early", [datetime(1969, 12, 31, 23, 59, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)])
def test_before_1970_no_id_begins(early):
    assert first_id(early) == "0" * 26


def test_ids_of_one_moment_sort_as_they_were_made_and_are_ulids():
    made = [new_id(NOW) for _ in range(1000)]
    assert made == sorted(set(made))
    assert {ULID.from_str(one).datetime for one in made} == {NOW}


def test_another_moment_begins_anywhere():
    moments = [NOW + timedelta(milliseconds=number) for number in range(3)]
    assert len({new_id(moment)[10:] for moment in moments}) == 3
