"""Old rows beside the notifications go in batches; the last runs of each job stay."""

from datetime import timedelta

from webapp.database import writing
from webapp.models.housekeeping import RUNS_ALWAYS_KEPT, delete_runs
from webapp.models.job import JobRun, note_run


def test_the_last_runs_of_each_job_stay(world):
    now, told = world.clock.now(), {"process": "me", "trigger": "time", "failed": 0, "error": None}
    with writing(world.session) as session:
        for job, runs in (("dispatcher", RUNS_ALWAYS_KEPT + 3), ("resender", 2)):
            for number in range(runs):
                at = now + timedelta(seconds=number)
                note_run(session, job=job, started_at=at, ended_at=at, done=1, **told)
    later = now + timedelta(days=30)

    def gone(limit):
        with writing(world.session) as session:
            return delete_runs(session, before=later, limit=limit)

    assert [gone(2), gone(2), gone(2)] == [2, 1, 0]
    assert world.count(JobRun) == RUNS_ALWAYS_KEPT + 2
