"""Whether the most frequent queries take longer with a million finished rows."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from statistics import median

from bench.bench import Bench, Measure
from bench.filling import READER
from bench.installation import Installation
from webapp.delivery.claim import claim
from webapp.delivery.lot import Kind
from webapp.domain.delivery_state import DeliveryState
from webapp.extensions import db
from webapp.runtime import runtime
from webapp.services.inbox import inbox
from webapp.services.people import accounts
from webapp.services.queue import queue

_CLAIMED = 100
_FAILED = queue.Filters(states=(DeliveryState.UNDELIVERABLE, DeliveryState.UNKNOWN))
_EVERYTHING = inbox.Showing()


@contextmanager
def small_and_large(bench: Bench) -> Iterator[Measure]:
    """``claim``, ``inbox``, ``unread``, ``failed``: how many times as long each takes on the large database. The two
    are queried in turns."""
    sizes = bench.sizes
    small, large = bench.filled(sizes.few_rows), bench.filled(sizes.many_rows)
    yield lambda: {name: _times_as_long(small, large, name, sizes.looks) for name in LOOKS}


def _times_as_long(small: Installation, large: Installation, name: str, looks: int) -> float:
    took: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(looks):
        for place, installation in enumerate((small, large)):
            took[place].append(_seconds(installation, LOOKS[name]))
    return median(took[1]) / median(took[0])


def _seconds(installation: Installation, look: Callable[[int], object]) -> float:
    """The seconds of a query. The person is looked up before, which also opens the connection."""
    with installation.app.app_context():
        reader = accounts.get(username=READER).id
        begun = time.perf_counter()
        look(reader)
        took = time.perf_counter() - begun
        db.session.rollback()
        return took


def _claim(_reader: int) -> None:
    now = runtime().now()
    claimed = claim(
        db.session, Kind.FRESH, due=now, now=now, until=now + timedelta(minutes=1), limit=_CLAIMED, busy=set(),
        shares={}, in_use=(),
    )  # fmt: skip
    assert len(claimed.leased) == _CLAIMED


def _inbox(reader: int) -> None:
    assert inbox.page(user_id=reader, showing=_EVERYTHING, now=runtime().now()).entries


def _unread(reader: int) -> None:
    assert inbox.unread(user_id=reader, now=runtime().now()).n


def _failed(_reader: int) -> None:
    queue.newest(filters=_FAILED)


LOOKS: Mapping[str, Callable[[int], None]] = {"claim": _claim, "inbox": _inbox, "unread": _unread, "failed": _failed}
