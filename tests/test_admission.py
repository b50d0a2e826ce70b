"""Requests one after another, and beside one that takes long."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Lock
from time import monotonic

import pytest

from tests.support.world import wait_for
from webapp import admission
from webapp.admission import Admission

WITHIN_S = 30


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_one_at_a_time(threads, monkeypatch):
    monkeypatch.setattr(admission, "_LONG_S", WITHIN_S)  # a machine may be busy with something else for long
    at_work, most, counting = 0, [0], Lock()

    def application(_environ, _start_response):
        nonlocal at_work
        with counting:
            at_work += 1
            most.append(at_work)
        sum(range(1000))
        with counting:
            at_work -= 1
        return [b"answered"]

    answer = Admission(application, monotonic)
    answers = [threads.submit(answer, {}, None) for _ in range(200)]
    assert [one.result(WITHIN_S) for one in answers] == [[b"answered"]] * 200
    assert max(most) == 1


def test_first_come_first_served(threads, monkeypatch):
    monkeypatch.setattr(admission, "_LONG_S", WITHIN_S)
    free, served = Event(), list[int]()

    def application(environ, _start_response):
        served.append(environ["number"])
        free.wait(WITHIN_S)
        return []

    answer, answers = Admission(application, monotonic), []
    for number in range(8):
        answers.append(threads.submit(answer, {"number": number}, None))
        wait_for(lambda number=number: len(answer._queue) == number and answer._inside)
    free.set()
    assert all(one.result(WITHIN_S) == [] for one in answers)
    assert served == list(range(8))


def test_whoever_takes_long_does_not_hold_up_the_others(threads):
    begun, free = Barrier(3), Event()

    def application(environ, _start_response):
        if environ["long"]:
            begun.wait(WITHIN_S)
            free.wait(WITHIN_S)
        return [b"answered"]

    answer = Admission(application, monotonic)
    try:
        long = [threads.submit(answer, {"long": True}, None) for _ in range(2)]
        begun.wait(WITHIN_S)  # both are at work, one beside the other
        short = [threads.submit(answer, {"long": False}, None) for _ in range(20)]
        assert all(one.result(WITHIN_S) for one in short)
        assert not any(one.done() for one in long)
    finally:
        free.set()
    assert all(one.result(WITHIN_S) for one in long)


def test_many_that_take_long_do_not_do_so_one_after_another(threads, monkeypatch):
    monkeypatch.setattr(admission, "_LONG_S", 1)  # of seven, one after another, these were seven
    begun, free = Barrier(8), Event()

    def application(_environ, _start_response):
        begun.wait(6)
        free.set()
        return [b"answered"]

    answer = Admission(application, monotonic)
    answers = [threads.submit(answer, {}, None) for _ in range(8)]
    assert all(one.result(WITHIN_S) for one in answers)
    assert free.is_set()


def test_after_an_error_the_next_is_let_in(threads):
    def application(environ, _start_response):
        if environ["wrong"]:
            raise LookupError
        return []

    answer = Admission(application, monotonic)
    for _ in range(2):
        with pytest.raises(LookupError):
            threads.submit(answer, {"wrong": True}, None).result(WITHIN_S)
    assert threads.submit(answer, {"wrong": False}, None).result(WITHIN_S) == []


def held() -> tuple[Admission, Event, Event]:
    """One that answers nobody until it is set free; and whether somebody is in."""
    begun, free = Event(), Event()

    def application(_environ, _start_response):
        begun.set()
        free.wait(WITHIN_S)
        return []

    return Admission(application, monotonic), begun, free


def test_who_asks_is_counted_and_whoever_came_since_it_was_asked(threads, monkeypatch):
    monkeypatch.setattr(admission, "_AT_WORK_S", WITHIN_S)
    monkeypatch.setattr(admission, "_LONG_S", WITHIN_S)
    answer, begun, free = held()
    assert answer.asking() == 0
    several = [threads.submit(answer, {}, None)]
    assert begun.wait(WITHIN_S)
    assert [answer.asking(), answer.asking()] == [1, 1]  # somebody is at work
    several += [threads.submit(answer, {}, None) for _ in range(2)]
    wait_for(lambda: answer.asking() == 3)  # and two wait for that
    free.set()
    for one in several:
        one.result(WITHIN_S)
    answer.asking()
    threads.submit(answer, {}, None).result(WITHIN_S)
    assert [answer.asking(), answer.asking()] == [1, 0]


def test_whoever_only_waits_is_not_counted(threads, monkeypatch):
    answer, begun, free = held()
    one = threads.submit(answer, {}, None)
    assert begun.wait(WITHIN_S)
    answer.asking()
    monkeypatch.setattr(admission, "_AT_WORK_S", 0)
    assert answer.asking() == 0
    free.set()
    one.result(WITHIN_S)
