"""An application over the test's database, without a server."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.support.clock import FakeClock
from tests.support.databases import KEYS
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db

# Thousands of forms are posted: parsing a page for its token would take longer than making and answering it.
TOKEN = re.compile(r'<input\b[^>]*\bname="csrf_token"[^>]*\bvalue="([^"]+)"')


@pytest.fixture
def clock() -> FakeClock:
    """The time for the application and the test; only ``clock.advance(seconds)`` moves it."""
    return FakeClock()


@pytest.fixture
def environment(database_url: str, instance: Path) -> dict[str, str]:
    """The settings as environment variables. A module with other settings overrides this fixture and adds to it."""
    return KEYS | {
        "BELFRY_DATABASE_URL": database_url,
        "BELFRY_INSTANCE": str(instance),
        "BELFRY_ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
        "BELFRY_JOBS": "off",
    }


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    """The same, as the application has them."""
    return Settings.read(environment)


@pytest.fixture
def app(settings: Settings, clock: FakeClock) -> Iterator[Flask]:
    """An application with a migrated, empty database. No context is open: see ``session``."""
    application = create_app(settings, clock)
    application.testing = True
    application.test_client_class = Client
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The database's session, inside an application context that stays open for the whole test."""
    with app.app_context():
        yield db.session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A test client. For a second person, take a second one: ``app.test_client()``."""
    return app.test_client()


class Client(FlaskClient):
    """Opens a context of its own for every request, as a server does.

    Otherwise a request inside the test's context would share its ``g`` and its session, and Flask-Login would go on
    seeing whoever was signed in first.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **kwargs)

    def submit(self, path: str, data: dict[str, Any], *, page: str | None = None, **kwargs: Any) -> TestResponse:
        """Post a form with the token of the page it stands on (by default the one at the same address)."""
        token = csrf_token(self.get(page or path))
        return self.post(path, data={"csrf_token": token, **data}, **kwargs)

    def sign_in(self, username: str, password: str) -> TestResponse:
        """Sign in by the form at /login."""
        return self.submit("/login", {"username": username, "password": password})


def csrf_token(response: TestResponse) -> str:
    """The token in an answered page."""
    found = TOKEN.search(response.text)
    assert found is not None, f"There is no CSRF token on this page ({response.status})."
    return found[1]
