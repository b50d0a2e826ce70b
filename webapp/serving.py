"""Serving: migrate, fill the demo, start the jobs, answer requests; and end in good order."""

import ctypes
import errno
import os
import signal
import socket
import sys
import threading
from functools import partial
from typing import NoReturn

from flask import Flask
from granian.constants import Interfaces
from granian.server import Server

from webapp import create_app, jobs
from webapp.config import BadSetting, Settings
from webapp.domain.refusal import Conflict
from webapp.jobs.watch import Watch
from webapp.runtime import runtime
from webapp.services.running import demo
from webapp.starting import begin, fail, faults_told, keep_for_good, make_ready, say, take_short_turns
from webapp.web import is_everywhere

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_FOLLOWS_EVERY_S = 10.0


def serve() -> NoReturn:
    """Serve with the embedded server until SIGTERM or SIGINT. A fault at the start is one plain line and exit 1."""
    try:
        settings = Settings.from_environment()
    except BadSetting as error:
        fail(str(error))
    _check_port(settings)
    server = Server(
        "webapp.serving",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,  # more processes are more of these, on one database
        blocking_threads=settings.web_threads,
        workers_kill_timeout=round(settings.stop_grace),
        log_level="critical",  # pyright: ignore[reportArgumentType]
    )
    server.serve(target_loader=partial(application, parent=os.getpid()), wrap_loader=False)
    sys.exit(0)


def application(*, parent: int | None = None) -> Flask:
    """The application as a server process needs it: migrated, with its jobs running.

    Also for other servers: ``gunicorn "webapp.serving:application()"``. Ends the process, with one plain line, where
    the settings or the database make no sense.
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
    _begin_jobs(app)
    _say_where(app)
    return app


def _begin_jobs(app: Flask) -> None:
    """Where there are none, nothing else would keep to the time of a database that is elsewhere."""
    with app.app_context():
        elsewhere = not runtime().settings.embedded
    if keeper := jobs.begin(app):
        take_short_turns()
        threading.Thread(target=_stop_at_the_end, args=(keeper,), name="stop").start()
    elif elsewhere:
        Watch(partial(_follow_database, app), every_s=_FOLLOWS_EVERY_S).start()


def _follow_database(app: Flask) -> None:
    with app.app_context():
        runtime().follow_database()


def _stop_at_the_end(keeper: jobs.Timekeeper) -> None:
    """In a server's worker atexit is never run, and a thread that is not a daemon would keep it alive for ever."""
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


def _check_port(settings: Settings) -> None:
    """Before anything is started: a port that is taken is the likeliest fault of all."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            taken = f"Port {settings.port} is taken: stop what listens there, or set BELFRY_PORT to another."
            fail(taken if error.errno == errno.EADDRINUSE else f"Cannot listen on {settings.host}: {error.strerror}.")
