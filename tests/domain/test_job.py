"""The jobs' names and words."""

import pytest

from webapp.domain.job import Job


@pytest.mark.parametrize("job", list(Job))
def test_every_job_says_what_it_does_and_what_a_pause_means(job):
    assert job.sentence.endswith(".")
    assert job.when_paused.endswith(".")


def test_which_make_tries():
    assert [job for job in Job if job.sends] == [Job.DISPATCHER, Job.RESENDER]
