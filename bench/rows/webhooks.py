"""Deliveries to a subscriber: signed events to one endpoint."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench.bench import Bench, Measure
from bench.delivering import delivered
from bench.installation import SENDER, Installation, installed
from bench.servers import http_sink
from tests.support.house import CHANNEL
from webapp.domain.message import NotificationMessage
from webapp.runtime import runtime
from webapp.services.posting import notifier
from webapp.services.subscribers import subscriber_setup
from webapp.services.subscribers.subscriber_setup import Draft, Subscription

_AT_ONCE = 16


@contextmanager
def on_sqlite(bench: Bench) -> Iterator[Measure]:
    """``rate`` and ``cpu``: one event per message, with no other recipients."""
    with http_sink() as sink, installed(bench.room("webhooks")) as belfry:
        belfry.furnish(recipients=1)
        _subscribe(belfry, f"http://127.0.0.1:{sink.port}/events")

        def measure() -> dict[str, float]:
            _post(belfry, bench.sizes.events)
            return delivered(belfry, sink, bench.sizes.events)

        yield measure


def _subscribe(belfry: Installation, url: str) -> None:
    raw = {"url": url, "auth": "none", "at_once": str(_AT_ONCE)}
    draft = Draft(raw=raw, channels=[Subscription(CHANNEL, ({},))])
    with belfry.app.app_context():
        subscriber_setup.add(
            name="sink", draft=draft, active=True, waive="A sink lets everybody in.", by="the bench", bench=runtime()
        )


def _post(belfry: Installation, count: int) -> None:
    message = NotificationMessage(
        channel=CHANNEL, recipients=(), subject="Lunch", body="At *noon*.", subscribers_only=True
    )
    for _ in range(count):
        with belfry.app.app_context():
            notifier.post(message=message, sender=SENDER, now=runtime().now())
