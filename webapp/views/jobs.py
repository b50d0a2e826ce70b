"""The jobs: what runs by the clock, how its last run went, when it runs next, and which processes run it."""

from webapp.domain.role import Role
from webapp.jobs import TIMETABLE
from webapp.runtime import runtime
from webapp.services import jobs
from webapp.views._answers import page
from webapp.views._blueprint import Place, Screen

screen = Screen("jobs", __name__, role=Role.OPERATOR, place=Place("Jobs", "clock-history", 1, 30, key="g j"))


@screen.get("/jobs")
def index() -> str:
    """The timetable with its last runs."""
    made = runtime()
    now = made.now()
    return page(
        "jobs/index.html",
        jobs=jobs.listed(every_s={timed.name: timed.every_s(made.settings) for timed in TIMETABLE}, now=now),
        sentences={timed.name: timed.sentence for timed in TIMETABLE},
        runners=jobs.runners(now=now),
        now=now,
    )
