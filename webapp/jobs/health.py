"""The health of this process: for /healthz, and for a worker, which answers no requests."""

from webapp.jobs.keeper import timekeeper
from webapp.runtime import runtime
from webapp.services.running import health
from webapp.services.running.health import Health


def checked() -> Health:
    """Judged by what runs in this process."""
    keeper, made = timekeeper(), runtime()
    return health.check(
        now=made.now(),
        dispatches=keeper is not None and "dispatcher" in keeper.jobs,
        uptime_s=keeper.uptime_s if keeper else 0.0,
        turned_s_ago=keeper.turned_s_ago if keeper else None,
        oldest_due_s=made.settings.oldest_due,
        oldest_held_s=made.settings.oldest_held,
    )
