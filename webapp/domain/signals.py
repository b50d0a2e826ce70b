"""What happened, for whoever wants to know: signals fired after the commit, so that what they tell is true.

posted, saved: one message (``message_id``). filtered, sent, delivered, retry_requested, undeliverable, cancelled: a lot
of deliveries (``ids``); sent_again, retried_now: a lot of them, by a person's word. alerted: what an administrator has
to hear of (``alert``). read: one notification (``id``); reads: many (``ids``); missing: one that is not there (``id``).
"""

import logging
from typing import Any

from blinker import NamedSignal, Namespace

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
alerted = _belfry.signal("alerted")
read = _belfry.signal("read")
reads = _belfry.signal("reads")
missing = _belfry.signal("missing")


def tell(signal: NamedSignal, **what: Any) -> None:
    """Fire a signal. What it tells of has been done, whatever whoever listens may do."""
    try:
        signal.send(**what)
    except Exception:  # noqa: BLE001 — it is theirs
        _log.exception("A receiver of the signal %s raised", signal.name)
