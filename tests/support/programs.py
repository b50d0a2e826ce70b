"""Programs that call the API: each with a token of somebody's."""

import json
from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.clock import FakeClock
from webapp.domain.scope import Scope
from webapp.services.people import tokens
from webapp.services.people.accounts import Person

API = "/api/v1"
_NUMBERS = count(1)  # good tokens of one account have different names


@dataclass(frozen=True)
class Program:
    """A program with a token; what it sends and gets is JSON."""

    client: FlaskClient
    token: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """One request; a header's name is written with _ for -."""
        sent = {"Authorization": f"Bearer {self.token}"} | {name.replace("_", "-"): it for name, it in headers.items()}
        more = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.open(f"{API}{path}", method=method, headers=sent, **more)

    def get(self, path: str, **headers: str) -> TestResponse:
        """Read."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Do."""
        return self.ask("POST", path, body, **headers)


@pytest.fixture
def program_of(app: Flask, clock: FakeClock, add_person: Callable[..., Person]) -> Callable[..., Program]:
    """``program_of("ada", role="admin", scopes=[…])``: a program of a new person's, or another one of a person there
    is; without ``scopes`` it has all that its role allows."""
    there: dict[str, Person] = {}

    def make(username: str, *, scopes: Collection[Scope] | None = None, **details: Any) -> Program:
        who = there.get(username) or there.setdefault(username, add_person(username, **details))
        scopes = [scope for scope in Scope if who.role.includes(scope.role)] if scopes is None else scopes
        with nullcontext() if has_app_context() else app.app_context():
            told = {"scopes": scopes, "expires_at": None, "by": username, "now": clock.now()}
            made = tokens.make(username=who.username, name=f"test {next(_NUMBERS)}", **told)
        return Program(app.test_client(), made.secret)

    return make
