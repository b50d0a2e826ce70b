"""Signals: they tell whoever listens what has happened. They are fired after the commit, so that what they tell is
true.

docs/signals.md says when each is fired, and with what. A listener gets a first argument without a meaning here, and the
rest by name: ``def on_sent(_sender, *, ids, **_more)``.
"""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

from blinker import NamedSignal, Namespace

from webapp.domain.registry import Registry

_log = logging.getLogger(__name__)
_belfry = Namespace()

posted = _belfry.signal("posted")
saved = _belfry.signal("saved")
filtered = _belfry.signal("filtered")
sent = _belfry.signal("sent")
delivered = _belfry.signal("delivered")
retry_requested = _belfry.signal("retry_requested")
undeliverable = _belfry.signal("undeliverable")
cancelled = _belfry.signal("cancelled")
sent_again = _belfry.signal("sent_again")
retried_now = _belfry.signal("retried_now")
due = _belfry.signal("due")
alerted = _belfry.signal("alerted")
read = _belfry.signal("read")
reads = _belfry.signal("reads")
missing = _belfry.signal("missing")


def tell(signal: NamedSignal, **what: Any) -> None:
    """Fire a signal. What it tells has happened already: a listener that raises stops neither the other listeners nor
    the caller."""
    for receiver in signal.receivers_for(None):
        try:
            receiver(None, **what)
        except (Exception, SystemExit):  # noqa: BLE001 — it is theirs
            _log.exception("A receiver of the signal %s raised", signal.name)


@cache
def listeners() -> Registry[Callable[[], object]]:
    """Functions of installed packages, by the entry points ``belfry.listeners``. Each is called once, right here, to
    connect to the signals it wants; one that raises is left out, with a line in the log."""
    found: Registry[Callable[[], object]] = Registry("listener")
    found.add_installed("belfry.listeners", _begun)
    return found


def _begun(listen: Any) -> tuple[str, Callable[[], object]]:
    if not callable(listen):
        raise TypeError("It is no function.")
    listen()
    return f"{listen.__module__}.{getattr(listen, '__qualname__', 'listener')}", listen
