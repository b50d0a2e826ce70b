"""Counts that stop."""

from webapp.domain.bounded import Bounded


def test_up_to_the_bound_it_is_exact():
    assert Bounded.of(99, most=99) == Bounded(99)


def test_beyond_it_there_are_only_more():
    assert Bounded.of(100, most=99) == Bounded(99, more=True)


def test_none_is_false():
    assert not Bounded(0)
    assert Bounded(1)


def test_of_two_together_there_are_more_where_either_has_more():
    assert Bounded(1) + Bounded(2) == Bounded(3)
    assert Bounded(1) + Bounded(2, more=True) == Bounded(3, more=True)
