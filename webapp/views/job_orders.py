"""What administrators order of the jobs: a run now, a pause, another interval or batch."""

from typing import Any

from flask import flash, make_response, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.refusal import Conflict, Refused
from webapp.domain.role import Role
from webapp.forms.jobs import NumbersForm, PauseForm
from webapp.runtime import runtime
from webapp.services.running import job_orders
from webapp.views._answers import see_other
from webapp.views._blueprint import Screen
from webapp.views._forms import show_problems
from webapp.views._job_page import job_page

screen = Screen("job_orders", __name__, role=Role.ADMIN)


@screen.post("/jobs/<name>/runs")
def run(name: str) -> Any:
    """Ask whichever process runs it."""
    return _done(name, job_orders.run_now, _("The %(job)s runs within a few seconds.", job=_(name)))


@screen.post("/jobs/<name>/pause")
def pause(name: str) -> Any:
    """Let no process run it."""
    form, _known = PauseForm(), job_orders.named(name)
    if form.validate():
        try:
            job_orders.pause(job=name, reason=form.reason.data or "", until=form.until_in(current_user.tz), **_by())
        except Refused as problem:
            show_problems(form, problem)
        else:
            flash(_("The %(job)s is paused.", job=_(name)), "warning")
            return see_other(url_for("jobs.show", name=name))
    return make_response(job_page(name, pause=form, form=form), 422)


@screen.post("/jobs/<name>/resumption")
def resume(name: str) -> Any:
    """Let it run again."""
    return _done(name, job_orders.resume, _("The %(job)s runs again.", job=_(name)))


@screen.post("/jobs/<name>")
def change(name: str) -> Any:
    """Another interval or batch, for every process."""
    form, _known = NumbersForm(), job_orders.named(name)
    if form.validate():
        try:
            job_orders.change(job=name, every_s=form.every_s.data, batch=form.batch.data, **_by())
        except Refused as problem:
            show_problems(form, problem)
        else:
            flash(_("Saved. Every process takes it up within a few seconds."))
            return see_other(url_for("jobs.show", name=name))
    return make_response(job_page(name, numbers=form, form=form), 422)


def _done(name: str, order: Any, words: str) -> Any:
    """Give the order; a refusal is shown on the job's page, which shows why."""
    try:
        order(job=name, **_by())
    except Conflict as conflict:
        words = " ".join(conflict.problems.values())
        flash(words, "warning")
    else:
        flash(words)
    return see_other(url_for("jobs.show", name=name))


def _by() -> dict[str, Any]:
    return {"by": current_user.username, "now": runtime().now()}
