"""Patience: calls are waited for as long as each may take, and no longer."""

import threading
import time

import pytest

from webapp.formatters._patience import TooSlow, run


def fail():
    raise ValueError("broken")


def leave():
    raise SystemExit(3)


def loop():
    while True:
        pass


@pytest.fixture
def wait():
    """A call that waits until the test has ended."""
    over = threading.Event()
    yield over.wait
    over.set()


def ours():
    return [thread for thread in threading.enumerate() if thread.name == "formatters"]


def until_none_is_left():
    for thread in ours():
        thread.join(10)
    return ours() == []


def test_each_is_called_in_turn_and_on_one_thread():
    made = run([threading.current_thread] * 3, each_s=5)
    assert len(set(made)) == 1
    assert made[0] is not threading.current_thread()


def test_what_one_raises_stands_in_its_place_whatever_it_is():
    one, two, three = run([fail, leave, lambda: 3], each_s=5)
    assert (type(one), type(two), three) == (ValueError, SystemExit, 3)


def test_one_that_does_not_come_back_is_given_up_and_those_behind_it_are_not_called(wait):
    called = []
    made = run([lambda: 1, wait, lambda: called.append(1)], each_s=0.2)
    assert (made[0], type(made[1]), len(made), called) == (1, TooSlow, 2, [])
    assert "longer than 0.2 s: it was in wait, line" in str(made[1])


def test_the_time_is_for_each_and_not_for_all():
    calls = [lambda number=number: time.sleep(0.4) or number for number in range(8)]
    assert run(calls, each_s=3) == list(range(8))


def test_a_loop_is_ended_and_does_not_take_the_processor_for_ever():
    [made] = run([loop], each_s=0.1)
    assert isinstance(made, TooSlow)
    assert "in loop" in str(made)
    assert until_none_is_left()


def test_what_comes_too_late_is_not_taken(wait):
    made = run([wait], each_s=0.1)
    assert len(made) == 1
