"""The jobs: what runs by the clock, how each run went, when it runs next, and which processes run it."""

import hashlib
from typing import Any

from flask import Response, request

from webapp.domain.job import Job
from webapp.domain.role import Role
from webapp.jobs import numbers
from webapp.runtime import runtime
from webapp.services.running import jobs
from webapp.views._answers import page
from webapp.views._blueprint import Place, Screen
from webapp.views._job_page import job_page

screen = Screen("jobs", __name__, role=Role.OPERATOR, place=Place("Jobs", "clock-history", 1, 30, key="g j"))


@screen.get("/jobs")
def index() -> Any:
    """The timetable with the last runs; 204 where nothing has changed since ``version``."""
    here = runtime()
    now = here.now()
    told = {"jobs": jobs.listed(numbers=numbers(here.settings), now=now), "runners": jobs.runners(now=now)}
    version = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
    if request.args.get("version") == version:
        return Response(status=204)
    return page("jobs/index.html", "list", **told, version=version)


@screen.get("/jobs/<name>")
def show(name: str) -> str:
    """One job with its last runs; for truncation, on request, also what it would delete now."""
    return job_page(name, would_go=name == Job.TRUNCATION and "dry-run" in request.args)
