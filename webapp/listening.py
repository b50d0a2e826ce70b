"""Listening: the process that ``python app.py`` begins with. It holds the port, and looks after those that answer.

It forks them before anything of Belfry has been loaded: what both had, each would soon have for itself.
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
    """Serve with the embedded server until SIGTERM or SIGINT. A fault at the start is one plain line, of each process
    that answers, and exit 1. SIGHUP puts new processes into the place of those there are."""
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
    """What one of the processes that answer takes, and with it the jobs. Where that one dies all of them end, so
    nobody has to take it over; it is offered again to those that take their place.

    A byte in a pipe, which all of them inherit: a semaphore would want a place in memory that one can write to.
    """

    def __init__(self) -> None:
        self._taken_from, self._offered_by = os.pipe()
        os.set_blocking(self._taken_from, False)
        self.offer()

    def offer(self) -> None:
        """To the next that asks."""
        os.write(self._offered_by, b".")

    def take(self) -> bool:
        """Whether it is this process's."""
        try:
            return bool(os.read(self._taken_from, 1))
        except BlockingIOError:
            return False


def _hold_endings_at_forks(parent: int) -> None:
    """What a new process inherits are the parent's handlers, which do nothing in it: whoever asks it to end before it
    has put others in their place is not heard, unless that waits until then."""

    def turn(how: int) -> None:
        if os.getpid() == parent:
            signal.pthread_sigmask(how, ENDINGS)

    os.register_at_fork(before=partial(turn, signal.SIG_BLOCK), after_in_parent=partial(turn, signal.SIG_UNBLOCK))


def _application(*, parent: int, lead: Lead) -> "Flask":
    """In a process that answers."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_DFL)  # until it serves
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    gc.disable()  # hardly anything of what is made now goes again; to look for it again and again takes a fifth of all
    from webapp.serving import application

    return application(parent=parent, leads=lead.take())


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
