"""Listening: the process that ``python app.py`` begins with. It holds the port, and looks after those that answer.

It forks them before anything of Belfry has been loaded: what both had, each would soon have for itself.
"""

import errno
import gc
import multiprocessing
import os
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from granian.constants import Interfaces
from granian.server import Server

from webapp.config import BadSetting, Settings
from webapp.saying import fail

if TYPE_CHECKING:
    from multiprocessing.synchronize import Semaphore

    from flask import Flask


def serve() -> NoReturn:
    """Serve with the embedded server until SIGTERM or SIGINT. A fault at the start is one plain line and exit 1."""
    try:
        settings = Settings.from_environment()
    except BadSetting as error:
        fail(str(error))
    _check_port(settings)
    server = Server(
        "webapp.listening",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_processes,
        blocking_threads=settings.web_threads,
        workers_kill_timeout=round(settings.stop_grace),
        log_level="critical",  # pyright: ignore[reportArgumentType]
    )
    ours = partial(_application, parent=os.getpid(), jobs=multiprocessing.Semaphore(1))
    server.serve(target_loader=ours, wrap_loader=False)
    sys.exit(0)


def _application(*, parent: int, jobs: "Semaphore") -> "Flask":
    """In a process that answers. Where one of several ends, they all do: of their ``jobs`` nobody else takes hold."""
    gc.disable()  # hardly anything of what is made now goes again; to look for it again and again takes a fifth of all
    from webapp.serving import application

    return application(parent=parent, leads=jobs.acquire(block=False))


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
