"""Strangers: tokens that are good for nothing, by the address that they come from."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from webapp.domain.refusal import Throttled
from webapp.extensions import db
from webapp.models.sign_in import Throttle
from webapp.services.people import throttle
from webapp.services.people.strangers import Strangers

pytestmark = pytest.mark.usefixtures("session")


def turned_away(strangers, clock, address="192.0.2.1") -> int | None:
    """After how many seconds they may try again; None where they may at once."""
    try:
        strangers.count(address=address, now=clock.now())
    except Throttled as throttled:
        return throttled.retry_after
    return None


def test_the_eleventh_from_one_address_is_turned_away_and_others_are_not(clock):
    strangers = Strangers()
    assert [turned_away(strangers, clock) for _ in range(11)] == [None] * 10 + [300]
    assert turned_away(strangers, clock, "192.0.2.2") is None
    clock.advance(299)
    assert turned_away(strangers, clock) == 1
    clock.advance(1)
    assert turned_away(strangers, clock) is None


def test_a_flood_asks_the_database_for_nothing(clock, statements):
    strangers = Strangers()
    for _ in range(11):
        turned_away(strangers, clock)
    with statements() as asked:
        assert all(turned_away(strangers, clock) for _ in range(100))
    assert asked == []
    assert db.session.scalar(select(func.count()).select_from(Throttle)) == 10


def test_another_process_counts_on(clock):
    for _ in range(10):
        turned_away(Strangers(), clock)
    assert turned_away(Strangers(), clock)


def test_people_at_the_same_address_can_still_sign_in(clock):
    strangers = Strangers()
    for _ in range(11):
        turned_away(strangers, clock)
    assert throttle.count(keys=[throttle.address("192.0.2.1")], now=clock.now())


def test_a_clock_that_was_wrong_turns_nobody_away_for_ever(clock):
    strangers = Strangers()
    for _ in range(11):
        turned_away(strangers, clock)
    clock.advance(-timedelta(days=1).total_seconds())
    strangers._refuse(throttle.caller("192.0.2.1"), clock.now())
