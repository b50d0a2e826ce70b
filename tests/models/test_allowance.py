"""What is allowed in a window, counted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from webapp.database import writing
from webapp.extensions import db
from webapp.models import allowance
from webapp.models.allowance import Used

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def use(session, clock):
    def one(amount=1, *, most=3, key="token:1", now=None):
        return allowance.use(session, key=key, amount=amount, most=most, window=A_MINUTE, now=now or clock.now())

    return one


def test_it_counts_down_to_nothing_and_says_when_there_is_more(use, clock):
    end = clock.now() + A_MINUTE
    fitted = [Used(True, left, end) for left in (2, 1, 0)]
    assert [use() for _ in range(4)] == [*fitted, Used(False, 0, end)]


def test_what_does_not_fit_uses_nothing(use, clock):
    end = clock.now() + A_MINUTE
    use(2)
    assert use(2) == Used(False, 1, end)
    assert use(1) == Used(True, 0, end)


def test_a_window_begins_with_its_first_use(use, clock):
    use(3)
    clock.advance(59)
    assert not use().allowed
    clock.advance(1)
    assert use() == Used(True, 2, clock.now() + A_MINUTE)


def test_each_key_has_its_own(use):
    use(3)
    assert use(key="token:2").remaining == 2


def test_more_than_is_ever_allowed_is_not_counted(use, clock):
    assert use(4) == Used(False, 3, clock.now() + A_MINUTE)
    assert use(3).allowed


def test_a_window_that_a_wrong_clock_opened_is_over(use, clock):
    use(3, now=clock.now() + timedelta(days=400))
    assert use() == Used(True, 2, clock.now() + A_MINUTE)


def test_two_at_once_cannot_both_have_the_last(app, clock):
    def one(_):
        with app.app_context(), writing(db.session) as session:
            return allowance.use(session, key="k", amount=1, most=5, window=A_MINUTE, now=clock.now()).allowed

    with ThreadPoolExecutor(8) as together:
        assert sum(together.map(one, range(24))) == 5
