"""Subscribers made and changed, as an administrator would, at endpoints whose answers a test plays."""

import pytest
from sqlalchemy import select, update

from webapp.domain.refusal import Refused
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.channel import Channel
from webapp.runtime import runtime
from webapp.services.subscribers import subscriber_setup
from webapp.services.subscribers.subscriber_setup import Draft, Subscription

PASSED = [401, 204]  # what an endpoint answers that passes its check: no to a stranger, yes to Belfry
TOKEN = "correct horse/battery+staple"
EVERYTHING = (Subscription("team.news"),)


@pytest.fixture
def vault():
    return runtime().vault


@pytest.fixture
def signed(clock):
    """Who acts, and when."""
    return {"by": "ada", "now": clock.now()}


@pytest.fixture
def at_bench():
    """Who acts, where an endpoint may be asked."""
    return {"by": "ada", "bench": runtime()}


@pytest.fixture
def keys(world):
    """``keys("source", …)``: what the channel can be filtered by."""
    return lambda *names: world.execute(update(Channel).where(Channel.name == "team.news").values(filter_keys=names))


@pytest.fixture
def save(world, at_bench):
    """Make a subscriber, switched off unless it says otherwise; gives what was saved."""

    def make(
        name="archive", url="https://archive.example/hook", channels=EVERYTHING, *, policy="", raw=None, **options
    ):
        given = {"raw": {"url": url, "auth": "bearer", "secret": TOKEN, **(raw or {})}, "channels": channels}
        draft = Draft(**given, policy=policy or "open-notificaties")
        return subscriber_setup.add(name=name, draft=draft, **at_bench, **{"active": False} | options)

    return make


@pytest.fixture
def edit(vault):
    """Change one; gives how it is shown."""

    def change(view, raw=None, channels=None, *, policy="", version=None, **options):
        settings = {key: str(value) for key, value in view.settings.items()}
        told = view.channels if channels is None else channels
        draft = Draft(raw=settings | (raw or {}), channels=told, policy=policy or view.policy)
        given = {"name": view.name, "version": view.version if version is None else version, "draft": draft}
        return subscriber_setup.edit(**given, by="olaf", bench=runtime(), **options).subscriber

    return change


@pytest.fixture
def get(vault):
    return lambda name="archive", **options: subscriber_setup.get(name=name, vault=vault, **options)


@pytest.fixture
def problems():
    """What is refused, by field."""

    def ask(call, *args, **kwargs) -> dict[str, str]:
        with pytest.raises(Refused) as caught:
            call(*args, **kwargs)
        return caught.value.problems

    return ask


@pytest.fixture
def told():
    """What the audit says of subscribers: what, by whom, and why."""

    def look():
        wanted = select(AuditEvent).where(AuditEvent.target.startswith("subscriber:")).order_by(AuditEvent.id)
        return [(event.what, event.who, event.reason) for event in db.session.scalars(wanted)]

    return look
