"""Subscribers for the gallery: many that were never checked, and some in trouble."""

from collections.abc import Iterable

from webapp.database import writing
from webapp.extensions import db
from webapp.models import subscriber as subscribers
from webapp.runtime import runtime
from webapp.services.subscribers import subscriber_setup
from webapp.services.subscribers.subscriber_setup import Draft, Subscription

WHO = "ada"


def add(name: str, channels: Iterable[str]) -> None:
    """A subscriber of everything on these channels, not switched on."""
    wanted = [Subscription(channel) for channel in channels]
    raw = {"url": f"https://{name}.{'long.' * (3 * len(wanted))}example/hook", "auth": "bearer", "secret": "A token"}
    draft = Draft(raw=raw, channels=wanted)
    subscriber_setup.add(name=name, draft=draft, active=False, by=WHO, bench=runtime())


def in_trouble(channel: str, *, words: str) -> None:
    """Three subscribers: one that fails, one that is gone, and one switched off by a person. ``words`` is an endpoint's
    error."""
    for name in ("failing", "gone", "resting"):
        add(name, [channel])
    now = runtime().now()
    steps = [
        {"asked": "Without credentials", "status": 200, "words": "200 OK", "meaning": "Taken.", "ok": False},
        {"asked": "As Belfry sends", "status": 503, "words": words, "meaning": "Not taken.", "ok": False},
    ]
    with writing(db.session) as session:
        failing, gone = (subscribers.named(session, name) for name in ("failing", "gone"))
        assert failing is not None
        assert gone is not None
        subscribers.switch_on(session, failing)
        subscribers.switch_off(session, gone, why="gone", now=now, by="Belfry")
        subscribers.note_check(session, failing, at=now, passed=False, steps=steps, waived=words)
        failing.health.failing_since, failing.health.streak, failing.health.last_error = now, 7, words
