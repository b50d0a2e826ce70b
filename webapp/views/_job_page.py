"""The page of one job, for two screens: the one that shows it, and the one whose form was refused."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_login import current_user

from webapp.domain.role import Role
from webapp.forms.jobs import NumbersForm, PauseForm
from webapp.jobs import numbers
from webapp.runtime import runtime
from webapp.services.running import job_orders, jobs, truncation
from webapp.views._answers import page


def job_page(name: str, *, would_go: bool = False, **forms: Any) -> str:
    """The job with its runs, and its forms for those who may send them. ``would_go``: count what truncation would
    delete."""
    here, job = runtime(), job_orders.named(name)
    now = here.now()
    [view] = jobs.listed(numbers={name: numbers(here.settings)[name]}, now=now)
    count = truncation.truncate(now=now, keep_months=here.settings.keep_months, dry_run=True) if would_go else None
    order = view.order
    usual = {
        "numbers": NumbersForm(formdata=None, data={"every_s": _short(order.every_s), "batch": order.batch}),
        "pause": PauseForm(
            formdata=None, data={"reason": order.paused_reason, "until": _on_the_wall(order.paused_until)}
        ),
    }
    return page(
        "jobs/show.html",
        "would_go" if would_go else None,
        job=view,
        runs=jobs.runs(job=job),
        runners=[runner for runner in jobs.runners(now=now) if name in runner.jobs],
        may_order=current_user.role.includes(Role.ADMIN),
        would_go=count,
        **usual | forms,
    )


def _on_the_wall(at: datetime | None) -> datetime | None:
    """A moment in the person's zone, as a date and time field takes it."""
    return at.astimezone(ZoneInfo(current_user.tz)).replace(tzinfo=None) if at else None


def _short(number: float | None) -> float | None:
    """30 rather than 30.0, as people write it."""
    return int(number) if number is not None and number.is_integer() else number
