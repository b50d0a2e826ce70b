"""Listening: the process that ``python app.py`` starts. It holds the port, and supervises the server's workers: the
processes that answer.

It forks them before anything of Belfry has been loaded: memory shared at the fork would soon be copied in each.
"""

import errno
import gc
import os
import signal
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from granian.constants import Interfaces
from granian.server import Server

from webapp.config import BadSetting, Settings
from webapp.saying import fail

if TYPE_CHECKING:
    from flask import Flask

ENDINGS = {signal.SIGTERM, signal.SIGINT}


def serve() -> NoReturn:
    """Serve with the embedded server until SIGTERM or SIGINT. An error at the start is one plain line from each worker,
    and exit 1. SIGHUP replaces the workers by new ones."""
    try:
        settings = Settings.from_environment()
    except BadSetting as error:
        fail(str(error))
    _check_port(settings)
    lead = Lead()
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
    server.on_reload(lead.offer)
    _hold_endings_at_forks(os.getpid())
    server.serve(target_loader=partial(_application, parent=os.getpid(), lead=lead), wrap_loader=False)
    sys.exit(0)


class Lead:
    """A right that one of the workers takes, and with it the jobs. If that worker dies, all of them end, so no other
    has to take it over; it is offered again to the workers that replace them.

    It is a byte in a pipe that all workers inherit: a semaphore would need a writable place in shared memory.
    """

    def __init__(self) -> None:
        self._taken_from, self._offered_by = os.pipe()
        os.set_blocking(self._taken_from, False)
        self.offer()

    def offer(self) -> None:
        """Offer it to the next worker that asks."""
        os.write(self._offered_by, b".")

    def take(self) -> bool:
        """Returns whether this worker gets it."""
        try:
            return bool(os.read(self._taken_from, 1))
        except BlockingIOError:
            return False


def _hold_endings_at_forks(parent: int) -> None:
    """Block SIGTERM and SIGINT around each fork. A new worker inherits the parent's handlers, which do nothing in it: a
    signal that came before the worker sets its own would be lost, so it stays pending until then."""

    def turn(how: int) -> None:
        if os.getpid() == parent:
            signal.pthread_sigmask(how, ENDINGS)

    os.register_at_fork(before=partial(turn, signal.SIG_BLOCK), after_in_parent=partial(turn, signal.SIG_UNBLOCK))


def _application(*, parent: int, lead: Lead) -> "Flask":
    """Runs in a worker."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_DFL)  # until it serves
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    gc.disable()  # little of what a start makes is garbage, and looking for it would take a fifth of the start
    from webapp.serving import application

    return application(parent=parent, leads=lead.take())


def _check_port(settings: Settings) -> None:
    """Before anything is started: a port that is taken is the most likely error of all."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            taken = f"Port {settings.port} is taken: stop what listens there, or set BELFRY_PORT to another."
            fail(taken if error.errno == errno.EADDRINUSE else f"Cannot listen on {settings.host}: {error.strerror}.")
