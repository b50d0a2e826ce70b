"""People with accounts, and signed-in test clients."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from datetime import datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask, has_app_context

from tests.support.application import Client
from tests.support.clock import FakeClock
from webapp.services.people import accounts, passwords, sessions
from webapp.services.people.accounts import Person

PASSWORD = "a long enough password"


def crowd_of(names: Iterable[str], now: datetime) -> list[dict[str, Any]]:
    """Rows of accounts that cannot sign in, for many people at once."""
    usual = {"role": "editor", "tz": "UTC", "locale": "en_GB", "active": True, "demo": False, "created_at": now}
    return [{"username": name, "display_name": name, "email": f"{name}@example.com"} | usual for name in names]


def token_of(username: str, now: datetime, *, password: str = PASSWORD) -> str:
    """The token of a new session, by the password alone."""
    entered = sessions.sign_in(username=username, password=password, address=None, now=now)
    assert not isinstance(entered, sessions.HalfWay)
    return entered[1]


@pytest.fixture(scope="session", autouse=True)
def _hashed_quickly() -> Iterator[None]:
    """Makes password hashes cheap, since hashing is slow by intent and thousands of tests sign in. A hash names its own
    parameters, so a server checks these as quickly. The real ones: test_passwords.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def add_person(app: Flask, clock: FakeClock) -> Callable[..., Person]:
    """``add_person("edith", role="admin", password=PASSWORD, …)``: an account, by default an editor's without one."""

    def add(username: str, **details: Any) -> Person:
        usual = {"display_name": username.capitalize(), "email": f"{username}@example.com", "role": "editor"}
        # in the test's own context if there is one: its session would not see rows added by another
        with nullcontext() if has_app_context() else app.app_context():
            return accounts.add(username=username, **usual | details, by="test", now=clock.now())

    return add


@pytest.fixture
def browser_of(app: Flask, add_person: Callable[..., Person]) -> Callable[..., Client]:
    """``browser_of("ada", role="admin")``: a signed-in client for a new person, or another one for an existing
    person."""
    there: set[str] = set()

    def sign_in(username: str, **details: Any) -> Client:
        if username not in there:
            add_person(username, password=PASSWORD, **details)
            there.add(username)
        client = app.test_client()
        assert isinstance(client, Client)
        assert client.sign_in(username, PASSWORD).status_code == 303
        return client

    return sign_in
