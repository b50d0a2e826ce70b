"""Serving: migrate, fill the demo, start the jobs, answer requests; and stop in good order."""

import ctypes
import os
import signal
import threading
from functools import partial

from flask import Flask

from webapp import create_app, jobs
from webapp.admission import Admission
from webapp.config import BadSetting
from webapp.domain.refusal import Conflict
from webapp.jobs.watch import Watch
from webapp.runtime import runtime
from webapp.saying import fail, say
from webapp.services.running import demo
from webapp.starting import begin, faults_told, keep_for_good, make_ready, switch_often
from webapp.web import is_everywhere

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_FOLLOWS_EVERY_S = 10.0


def application(*, parent: int | None = None, leads: bool = True) -> Flask:
    """The application as a server process needs it: migrated, with its jobs running.

    ``leads``: of several processes of one server, this one runs the jobs, and prints its address. Also for other
    servers: ``gunicorn "webapp.serving:application()"``. Ends the process, with one plain line, where the settings or
    the database are not usable.
    """
    begin()
    if parent:
        _die_with(parent)
    try:
        app = create_app()
    except BadSetting as error:
        fail(str(error))
    make_ready(app)
    with app.app_context(), faults_told():
        _fill_demo()
    keep_for_good()
    admission = _let_in_one_by_one(app)
    if not (leads and _begin_jobs(app, admission)):
        _begin_following(app)
    if leads:
        _say_where(app)
    return app


def _let_in_one_by_one(app: Flask) -> Admission:
    """Only with an embedded database: a database server is waited for, and requests can wait side by side."""
    with app.app_context():
        admission = Admission(app.wsgi_app, runtime().clock.monotonic)
        if runtime().settings.embedded:
            app.wsgi_app = admission
    return admission


def _begin_jobs(app: Flask, admission: Admission) -> bool:
    """Start the jobs that the settings give to this process. Returns False where there are none."""
    keeper = jobs.begin(app, admission.asking)
    if keeper:
        switch_often()
        threading.Thread(target=_stop_at_the_end, args=(keeper,), name="stop").start()
    return keeper is not None


def _begin_following(app: Flask) -> None:
    """Without jobs, nothing else would keep this process to the time of a database server."""
    with app.app_context():
        elsewhere = not runtime().settings.embedded
    if elsewhere:
        Watch(partial(_follow_database, app), every_s=_FOLLOWS_EVERY_S).start()


def _follow_database(app: Flask) -> None:
    with app.app_context():
        runtime().follow_database()


def _stop_at_the_end(keeper: jobs.Timekeeper) -> None:
    """Stop the jobs when the main thread ends: a server's worker never runs atexit, and a non-daemon thread would keep
    it alive for ever."""
    threading.main_thread().join()
    keeper.stop()


def _die_with(parent: int) -> None:
    """No process outlives its parent: an orphan would go on serving beside the next start."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _fill_demo() -> None:
    made = runtime()
    if not made.settings.demo or not demo.is_empty():
        return
    try:
        password = demo.fill(now=made.now(), vault=made.vault, password=made.settings.demo_password)
    except Conflict:
        return  # another process on this database was quicker
    say("A demo team has moved in: ada (administrator), olaf (operator), edith, emil and erin (editors);\n"
         "and bruno, fay and greta (editors), whose e-mail fails, each in another way.\n"
         f"Their password is {password}")  # fmt: skip


def _say_where(app: Flask) -> None:
    with app.app_context():
        settings = runtime().settings
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    say(f"Belfry is serving on {settings.public_url or f'http://{host}:{settings.port}'}")
    if is_everywhere(settings.host) and not settings.public_url:
        say("Only this machine gets answers until BELFRY_PUBLIC_URL says how people reach it.")
