"""Hearing: what wakes a process with jobs, whoever says it; and that it begins anew where its ear breaks."""

import os
from queue import SimpleQueue

import pytest

from tests.support.world import WITHIN, wait_for
from webapp.domain import signals
from webapp.domain.job import Job
from webapp.jobs import hearing as module
from webapp.jobs.hearing import Hearing
from webapp.nudges import CannotHear, Nudges, nudges
from webapp.runtime import _connect

BOTH = frozenset({Job.DISPATCHER, Job.RESENDER})


class Woken(SimpleQueue):
    """What was woken, in order."""

    def next(self) -> Job:
        return self.get(timeout=WITHIN)


class Broken:
    """A line that hears so much before it breaks, again and again; ``lasting`` of the last break."""

    def __init__(self, *ears, lasting=False):
        self.ears, self.lasting, self.readable = list(ears), lasting, os.pipe()[0]

    def listen(self):
        if not self.ears:
            raise CannotHear("This is the end", lasting=self.lasting)
        self.now = self.ears.pop(0)
        return self

    def fileno(self):
        return self.readable

    def heard(self):
        if not self.now:
            raise CannotHear("It broke")
        return {self.now.pop(0)}

    def close(self):
        self.closed = True


@pytest.fixture
def woken():
    return Woken()


@pytest.fixture
def hearing(woken):
    """``hearing(nudges, jobs)``: at work."""
    made = []

    def start(told: Nudges, jobs=BOTH) -> Hearing:
        made.append(Hearing(told, jobs, woken.put))
        made[-1].start()
        return made[-1]

    yield start
    for one in made:
        one.stop()


@pytest.fixture
def line(app, database_url):
    address = app.config["SQLALCHEMY_DATABASE_URI"]
    return lambda: nudges(address, direct="", connect=_connect)


@pytest.mark.both_databases
def test_it_looks_at_all_when_it_begins_and_then_at_what_it_is_told_of(session, line, hearing, woken):
    hearing(line(), [Job.DISPATCHER])
    assert woken.next() is Job.DISPATCHER
    for job in (Job.RESENDER, Job.DISPATCHER):
        line().say(job)
    assert woken.next() is Job.DISPATCHER
    assert woken.empty(), "it does not resend"


def test_what_this_process_makes_due_wakes_it_and_is_told_to_nobody_else(app, woken):
    told = Nudges(Broken(lasting=True))
    one = Hearing(told, [Job.RESENDER], woken.put)
    one.start()
    assert woken.next() is Job.RESENDER, "it looks once, since nobody will tell it"
    with app.app_context():
        signals.tell(signals.due, job=Job.DISPATCHER)
        signals.tell(signals.due, job=Job.RESENDER)
        assert woken.next() is Job.RESENDER
        assert told.own == {Job.RESENDER}
        one.stop()
        signals.tell(signals.due, job=Job.RESENDER)
    assert (told.own, woken.empty()) == (set(), True)


def test_where_its_ear_breaks_it_begins_anew_and_looks_at_everything(hearing, woken, caplog, monkeypatch):
    monkeypatch.setattr(module, "_LOOKS_EVERY_S", 0.1)  # nothing ever seems to be there
    monkeypatch.setattr(module, "_AGAIN_AFTER_S", 0.1)
    line = Broken([], [Job.DISPATCHER])
    hearing(Nudges(line), [Job.DISPATCHER])
    assert [woken.next() for _ in range(3)] == [Job.DISPATCHER] * 3, "at each beginning, and when told"
    wait_for(lambda: caplog.records)
    assert line.closed


def test_it_is_said_once_that_it_cannot_hear_and_looked_at_everything(hearing, woken, caplog):
    one = hearing(Nudges(Broken(lasting=True)))
    assert {woken.next(), woken.next()} == BOTH
    wait_for(lambda: not one._thread.is_alive())
    assert [record.getMessage() for record in caplog.records] == ["This is the end"]
