"""Rates: what a token may do in a minute, exactly, over processes that take it in lots."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from webapp.extensions import db
from webapp.models import allowance
from webapp.services.people.rates import WINDOW, Rates

pytestmark = pytest.mark.usefixtures("session")


def allowed(rates, clock, times, token_id=1) -> list[bool]:
    return [rates.count(token_id=token_id, now=clock.now()).allowed for _ in range(times)]


def test_it_counts_down_and_refuses_until_the_minute_is_over(clock):
    rates = Rates(3)
    stands = [rates.count(token_id=1, now=clock.now()) for _ in range(4)]
    assert [(it.allowed, it.left) for it in stands] == [(True, 2), (True, 1), (True, 0), (False, 0)]
    clock.advance(60)
    assert allowed(rates, clock, 1) == [True]


@pytest.mark.parametrize("most", [1, 7, 20, 45, 100])
def test_two_processes_together_never_exceed_it_and_use_it_up(most, clock):
    one, other = Rates(most), Rates(most)
    done = [allowed(it, clock, 1)[0] for _ in range(2 * most) for it in (one, other)]
    assert sum(done) == most


def test_tokens_count_apart(clock):
    rates = Rates(1)
    assert allowed(rates, clock, 2, token_id=1) == [True, False]
    assert allowed(rates, clock, 2, token_id=2) == [True, False]


def test_it_writes_once_for_each_lot_and_not_at_all_when_all_is_used(clock, statements):
    rates = Rates(100)
    with statements() as asked:
        allowed(rates, clock, 100)
    assert len([it for it in asked if "INSERT" in it]) == 20
    allowed(rates, clock, 1)
    with statements() as asked:
        assert not any(allowed(rates, clock, 50))
    assert asked == []


def test_nothing_is_counted_where_any_number_is_allowed(clock, statements):
    with statements() as asked:
        assert Rates(0).count(token_id=1, now=clock.now()) is None
    assert asked == []


def test_what_was_left_of_a_lot_ends_with_its_minute(clock):
    one, other = Rates(40), Rates(40)
    allowed(one, clock, 1)
    clock.advance(60)
    assert sum(allowed(other, clock, 40)) == 40
    assert not any(allowed(one, clock, 5))


def test_a_clock_that_was_wrong_locks_nobody_out(clock):
    rates = Rates(1)
    allowed(rates, clock, 1)
    clock.advance(-3600)
    assert allowed(rates, clock, 1) == [True]


@pytest.mark.one_database
def test_threads_never_exceed_it_together(app, clock):
    rates = Rates(60)

    def many(_thread):
        with app.app_context():
            return sum(allowed(rates, clock, 30))

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(many, range(4))) == 60


def test_what_only_reads_does_not_wait_for_another_writer_and_is_counted_afterwards(clock):
    rates, asked = Rates(20), {"token_id": 1, "now": clock.now()}
    with Session(db.engine) as other:
        allowance.use(other, key="token:1", amount=1, most=20, window=WINDOW, now=clock.now())
        assert [rates.count(**asked, reads=True) for _ in range(3)] == [None] * 3
        other.rollback()
    assert [rates.count(**asked).left for _ in range(2)] == [16, 15]


def test_what_was_let_through_is_paid_back_before_anything_else(clock):
    rates, asked = Rates(2), {"token_id": 1, "now": clock.now()}
    with Session(db.engine) as other:
        allowance.use(other, key="token:1", amount=1, most=2, window=WINDOW, now=clock.now())
        for _ in range(5):
            rates.count(**asked, reads=True)
        other.rollback()
    assert allowed(rates, clock, 2) == [True, False]
