"""Which runs are written down while there is nothing to do."""

from webapp.domain.job import Job
from webapp.jobs.quiet import NOTED_EVERY_S, Quiet


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_runs_that_find_nothing_are_written_down_together():
    clock = Clock()
    quiet = Quiet(clock)
    assert quiet.passes(Job.DISPATCHER, idle=True) == 1
    assert [quiet.passes(Job.DISPATCHER, idle=True) for _ in range(3)] == [0, 0, 0]
    assert quiet.passes(Job.RESENDER, idle=True) == 1, "each job for itself"
    clock.now = NOTED_EVERY_S
    assert quiet.passes(Job.DISPATCHER, idle=True) == 4
    assert quiet.passes(Job.DISPATCHER, idle=True) == 0


def test_what_finds_something_is_written_down_at_once_and_so_is_the_next_one():
    quiet = Quiet(Clock())
    assert [quiet.passes(Job.RESENDER, idle=True) for _ in range(3)] == [1, 0, 0]
    assert quiet.passes(Job.RESENDER, idle=False) == 1
    assert quiet.passes(Job.RESENDER, idle=True) == 3, "none is forgotten"
