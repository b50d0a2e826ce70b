"""Serving: migrate, fill the demo, start the jobs, answer requests; and end in good order."""

import ctypes
import errno
import logging
import os
import signal
import socket
import sys
import threading
from functools import partial
from typing import NoReturn

from alembic import command
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from flask import Flask, current_app
from granian.constants import Interfaces
from granian.server import Server
from sqlalchemy import inspect

from webapp import create_app, jobs
from webapp.config import BadSetting, Settings
from webapp.database import DATABASE_FAULTS, fault_of
from webapp.domain.refusal import Conflict
from webapp.extensions import MIGRATIONS, db
from webapp.runtime import runtime
from webapp.services.running import demo
from webapp.web import is_everywhere

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
SWITCH_INTERVAL_S = 0.0005  # requests stay quick beside a busy engine; Python's default lets it run for 5 ms at a time
_MARK = "database_made"  # in INSTANCE, an empty file: there was an embedded database here


def serve() -> NoReturn:
    """Serve with the embedded server until SIGTERM or SIGINT. A fault at the start is one plain line and exit 1."""
    try:
        settings = Settings.from_environment()
    except BadSetting as error:
        _fail(str(error))
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
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    if parent:
        _die_with(parent)
    try:
        app = create_app()
        with app.app_context():
            _check_not_lost(runtime().settings)
            _migrate()
            _mark(runtime().settings)
            runtime().follow_database()
            _fill_demo()
    except BadSetting as error:
        _fail(str(error))
    except (CommandError, RuntimeError) as error:
        _fail(_migration_fault(error))
    except DATABASE_FAULTS as error:
        _fail(f"The database cannot be used: {fault_of(error)}.")
    keeper = jobs.begin(app)
    if keeper:
        threading.Thread(target=_stop_at_the_end, args=(keeper,), name="stop").start()
    _say_where(app)
    return app


def _check_not_lost(settings: Settings) -> None:
    """An empty database where there was one is no beginning: it was lost, and nobody would notice until too late."""
    file, mark = settings.embedded_file, settings.instance / _MARK
    if settings.demo or settings.database_url or not mark.exists():
        return
    if not file.exists() or not inspect(db.engine).has_table("alembic_version"):
        _fail(f"The database {file} is gone: restore it from a backup, or delete {mark.resolve()} to begin anew.")


def _mark(settings: Settings) -> None:
    """Only once the database is there: a first start that was killed before may begin again."""
    if not (settings.demo or settings.database_url):
        (settings.instance / _MARK).touch(mode=0o600)


def _migrate() -> None:
    """Bring the database to this version's schema. Flask-Migrate's own command would end the process in its words."""
    command.upgrade(current_app.extensions["migrate"].migrate.get_config(str(MIGRATIONS)), "head")


def _migration_fault(error: CommandError | RuntimeError) -> str:
    if isinstance(error.__cause__, ResolutionError):
        schema = error.__cause__.argument
        return f"The database is of a newer Belfry (schema {schema}): start that version, or restore a backup."
    return f"The database cannot be migrated: {fault_of(error)}."


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
    _say("A demo team has moved in: ada (administrator), olaf (operator), edith, emil and erin (editors);\n"
         "and bruno, fay and greta (editors), whose e-mail fails, each in another way.\n"
         f"Their password is {password}")  # fmt: skip


def _say_where(app: Flask) -> None:
    with app.app_context():
        settings = runtime().settings
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    _say(f"Belfry is serving on {settings.public_url or f'http://{host}:{settings.port}'}")
    if is_everywhere(settings.host) and not settings.public_url:
        _say("Only this machine gets answers until BELFRY_PUBLIC_URL says how people reach it.")


def _check_port(settings: Settings) -> None:
    """Before anything is started: a port that is taken is the likeliest fault of all."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            taken = f"Port {settings.port} is taken: stop what listens there, or set BELFRY_PORT to another."
            _fail(taken if error.errno == errno.EADDRINUSE else f"Cannot listen on {settings.host}: {error.strerror}.")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _fail(sentence: str) -> NoReturn:
    """One plain line; ends a server's worker at once, without its traceback."""
    print(f"belfry: {sentence}", file=sys.stderr, flush=True)  # noqa: T201
    os._exit(1)
