"""Providers made, changed and refused, as an administrator would."""

import pytest
from sqlalchemy import select

from webapp.domain.refusal import Refused
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.runtime import runtime
from webapp.services.providers import provider_setup

PASSWORD = "correct horse/battery+staple"
SMTP = {"host": "mail.example.com", "auth": "plain", "username": "belfry", "sender": "belfry@example.com"}
SECRET = SMTP | {"password": PASSWORD}


@pytest.fixture
def vault():
    return runtime().vault


@pytest.fixture
def signed(clock):
    """Who acts, and when."""
    return {"by": "ada", "now": clock.now()}


@pytest.fixture
def act(signed, vault):
    """The same for what may have to do with secrets."""
    return {**signed, "vault": vault}


@pytest.fixture
def save(clock, vault):
    """Make a provider; gives what was saved."""

    def make(name="smtp-main", kind="smtp", medium="email", raw=SECRET, **options):
        told = {"by": "ada", "now": clock.now(), "vault": vault}
        return provider_setup.add(kind=kind, name=name, medium=medium, raw=raw, **told | options)

    return make


@pytest.fixture
def add(save):
    """The same; gives how it is shown."""
    return lambda *told, **options: save(*told, **options).provider


@pytest.fixture
def edit(clock, vault):
    def change(view, raw, **options):
        told = {"name": view.name, "version": view.version, "by": "olaf", "now": clock.now(), "vault": vault}
        return provider_setup.edit(raw=raw, **told | options).provider

    return change


@pytest.fixture
def problems():
    """What is refused, by field."""

    def ask(call, *args, **kwargs) -> dict[str, str]:
        with pytest.raises(Refused) as caught:
            call(*args, **kwargs)
        return caught.value.problems

    return ask


@pytest.fixture
def cast(clock, vault):
    """Who plays which role now."""

    def look():
        return [(view.name, view.role) for view in provider_setup.listed(now=clock.now(), vault=vault)]

    return look


@pytest.fixture
def told():
    """What the audit says: to which provider, what, and why."""

    def look():
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        return [(event.target.removeprefix("provider:"), event.what, event.reason) for event in events]

    return look
