"""The timetable: every job once, with numbers from the settings."""

from webapp.config import Settings
from webapp.domain.job import Job
from webapp.jobs.timetable import TIMETABLE, numbers, runs_here
from webapp.services.running.jobs import Numbers


def test_every_job_is_there_once():
    assert [timed.job for timed in TIMETABLE] == list(Job)


def test_numbers_are_those_of_the_settings():
    settings = Settings.read({"BELFRY_DISPATCH_EVERY": "7", "BELFRY_RESEND_BATCH": "9"})
    assert numbers(settings) == {
        "dispatcher": Numbers(7, 200),
        "resender": Numbers(2, 9),
        "truncation": Numbers(None, None),
    }


def test_an_interval_of_0_and_a_name_that_is_missing_mean_not_here():
    settings = Settings.read({"BELFRY_DISPATCH_EVERY": "0", "BELFRY_JOBS": "dispatcher,resender"})
    assert [timed.job for timed in TIMETABLE if runs_here(timed, settings)] == [Job.RESENDER]
