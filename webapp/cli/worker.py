"""The worker: runs the jobs without a web server; there may be any number of them, on any number of hosts."""

import signal
from threading import Event

import click
from flask import current_app
from flask.cli import with_appcontext

from webapp import jobs
from webapp.jobs.health import checked
from webapp.saying import fail, say
from webapp.starting import begin, keep_for_good, make_ready, switch_often

_LOOKS_EVERY_S = 5.0


@click.command()
@with_appcontext
def worker() -> None:
    """Run the jobs, without a web server, until SIGTERM."""
    ending = _asked_to_end()
    begin()
    switch_often()
    app = current_app._get_current_object()  # pyright: ignore[reportAttributeAccessIssue]
    make_ready(app)
    keep_for_good()
    keeper = jobs.begin(app)
    if keeper is None:
        fail("A worker has nothing to do here: BELFRY_JOBS must name a job, or be all.")
    say(f"Belfry is working: {', '.join(keeper.jobs)}")
    try:
        _mind_health(ending)
    finally:
        keeper.stop()


def _asked_to_end() -> Event:
    """An event that SIGTERM or Ctrl-C sets."""
    ending = Event()
    for asking in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asking, lambda *_: ending.set())
    return ending


def _mind_health(ending: Event) -> None:
    """Log the health whenever it changes: a worker has no address at which it could be asked."""
    problems: tuple[str, ...] = ()
    while not ending.wait(_LOOKS_EVERY_S):
        before, problems = problems, checked().problems
        if problems and not before:
            click.echo(f"belfry: Not well: {' '.join(problems)}", err=True)
        elif before and not problems:
            click.echo("belfry: Well again.", err=True)


commands = [worker]
