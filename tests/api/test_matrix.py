"""Who may do what: each operation by each role, by every sort of token; and nobody what is somebody else's.

The table is written by hand, from what the operations are for, and not from the code: it is what they are held against.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.programs import API
from webapp.api import openapi
from webapp.domain.role import Role
from webapp.domain.scope import Scope
from webapp.services.inbox import inbox
from webapp.services.inbox.inbox import Showing
from webapp.services.people import accounts, tokens
from webapp.services.preferences import mutes

EDITOR, OPERATOR, ADMIN = Role.EDITOR, Role.OPERATOR, Role.ADMIN

# method, address, the scope that it takes, the least role
TABLE: list[tuple[str, str, str, Role]] = [
    ("GET", "/channels", "channels:read", EDITOR),
    ("GET", "/channels/{name}", "channels:read", EDITOR),
    ("GET", "/inbox", "inbox:read", EDITOR),
    ("GET", "/inbox/count", "inbox:read", EDITOR),
    ("GET", "/inbox/{id}", "inbox:read", EDITOR),
    ("POST", "/inbox/{id}/reading", "inbox:write", EDITOR),
    ("DELETE", "/inbox/{id}/reading", "inbox:write", EDITOR),
    ("POST", "/inbox/readings", "inbox:write", EDITOR),
    ("GET", "/deliveries", "deliveries:read", OPERATOR),
    ("GET", "/deliveries/{id}", "deliveries:read", OPERATOR),
    ("POST", "/deliveries/{id}/sending-again", "deliveries:write", OPERATOR),
    ("POST", "/deliveries/{id}/retry", "deliveries:write", OPERATOR),
    ("POST", "/deliveries/{id}/cancellation", "deliveries:write", OPERATOR),
    ("POST", "/deliveries/{id}/arrival", "deliveries:write", OPERATOR),
    ("POST", "/deliveries/sendings-again", "deliveries:write", OPERATOR),
    ("GET", "/statistics", "statistics:read", OPERATOR),
    ("POST", "/messages", "messages:write", EDITOR),
    ("GET", "/messages", "messages:read", EDITOR),
    ("GET", "/messages/{id}", "messages:read", EDITOR),
    ("GET", "/messages/{id}/recipients", "messages:read", EDITOR),
    ("POST", "/messages/{id}/cancellation", "messages:write", EDITOR),
    ("GET", "/users", "users:read", EDITOR),
    ("GET", "/users/{username}", "users:read", EDITOR),
    ("GET", "/preferences", "preferences:read", EDITOR),
    ("PUT", "/preferences/channels/{channel}/{medium}", "preferences:write", EDITOR),
    ("PUT", "/preferences/quiet-hours", "preferences:write", EDITOR),
    ("PUT", "/preferences/unread-after", "preferences:write", EDITOR),
    ("POST", "/preferences/mutes", "preferences:write", EDITOR),
    ("DELETE", "/preferences/mutes/{id}", "preferences:write", EDITOR),
    ("GET", "/preferences/simulation", "preferences:read", EDITOR),
    ("POST", "/events", "messages:write", EDITOR),
    ("GET", "/states", "states:read", EDITOR),
    ("PUT", "/states", "states:write", EDITOR),
    ("DELETE", "/states", "states:write", EDITOR),
    ("POST", "/states/activation", "states:write", EDITOR),
    ("POST", "/states/checks", "states:write", EDITOR),
    ("GET", "/provider-kinds", "providers:read", ADMIN),
    ("GET", "/providers", "providers:read", ADMIN),
    ("GET", "/providers/{name}", "providers:read", ADMIN),
    ("POST", "/providers", "providers:write", ADMIN),
    ("PATCH", "/providers/{name}", "providers:write", ADMIN),
    ("DELETE", "/providers/{name}", "providers:write", ADMIN),
    ("POST", "/providers/{name}/activation", "providers:write", ADMIN),
    ("DELETE", "/providers/{name}/activation", "providers:write", ADMIN),
    ("POST", "/providers/{name}/trials", "providers:write", ADMIN),
    ("POST", "/providers/{name}/keys", "providers:write", ADMIN),
    ("DELETE", "/providers/{name}/keys/former", "providers:write", ADMIN),
    ("GET", "/subscribers", "subscribers:read", ADMIN),
    ("GET", "/subscribers/{name}", "subscribers:read", ADMIN),
    ("POST", "/subscribers", "subscribers:write", ADMIN),
    ("PATCH", "/subscribers/{name}", "subscribers:write", ADMIN),
    ("DELETE", "/subscribers/{name}", "subscribers:write", ADMIN),
    ("POST", "/subscribers/{name}/activation", "subscribers:write", ADMIN),
    ("DELETE", "/subscribers/{name}/activation", "subscribers:write", ADMIN),
    ("POST", "/subscribers/{name}/checks", "subscribers:write", ADMIN),
    ("POST", "/subscribers/{name}/recoveries", "subscribers:write", ADMIN),
    ("POST", "/subscribers/{name}/keys", "subscribers:write", ADMIN),
    ("DELETE", "/subscribers/{name}/keys/former", "subscribers:write", ADMIN),
    ("GET", "/mappings", "mappings:read", ADMIN),
    ("GET", "/mappings/{id}", "mappings:read", ADMIN),
    ("POST", "/mappings/trial", "mappings:read", ADMIN),
    ("POST", "/mappings", "mappings:write", ADMIN),
    ("PUT", "/mappings/{id}", "mappings:write", ADMIN),
    ("DELETE", "/mappings/{id}", "mappings:write", ADMIN),
    ("POST", "/mappings/{id}/moves", "mappings:write", ADMIN),
]
NOTHING = "00000000000000000000000000"
_FILLED = {
    "name": "no.such",
    "username": "nobody",
    "key": "no-such",
}  # what else an address may name; none of them is there
SORTS = ("none", "without", "with", "expired", "revoked")


@dataclass
class Cast:
    """People of each role, each with tokens of every sort; and a way to ask that counts against nobody's address."""

    client: Any
    tokens: dict[tuple[Role, str, str], str] = field(default_factory=dict)
    _addresses: "count[int]" = field(default_factory=lambda: count(1))

    def ask(self, method: str, path: str, token: str = "", **more: Any) -> TestResponse:
        number = next(self._addresses)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {} if method in {"GET", "DELETE"} else {"json": {}}
        place = {"REMOTE_ADDR": f"198.18.{number // 250}.{number % 250 + 1}"}
        return self.client.open(API + path, method=method, headers=headers, environ_base=place, **{**body, **more})


@pytest.fixture
def players(app, add_person, clock, monkeypatch) -> Cast:
    """Whoever has a token beyond their role had another role when it was made."""
    monkeypatch.setattr("webapp.services.people._new_token.MOST", 1000)
    made = Cast(app.test_client())
    with app.app_context():
        add_person("root", role="admin")
        for role in Role:
            add_person(role.value, role="admin")
            for scope in Scope:
                others = [other for other in Scope if other is not scope]
                for sort, scopes in (
                    ("without", others),
                    ("with", [scope]),
                    ("expired", [scope]),
                    ("revoked", [scope]),
                ):
                    made.tokens[role, sort, scope] = _token(role.value, f"{sort} {scope}", sort, scopes, clock)
        clock.advance(3600)
        for role in Role:
            accounts.set_role(username=role.value, role=role, by="root", now=clock.now())
    return made


def _token(username: str, name: str, sort: str, scopes: list[Scope], clock: Any) -> str:
    now = clock.now()
    end = now.replace(minute=now.minute + 1) if sort == "expired" else None
    made = tokens.make(username=username, name=name, scopes=scopes, expires_at=end, by="test", now=now)
    if sort == "revoked":
        tokens.revoke(id=made.token.id, by="test", now=now)
    return made.secret


def filled(path: str) -> str:
    """The address of nothing."""
    return re.sub(r"\{(\w+)\}", lambda found: _FILLED.get(found[1], NOTHING), path)


def expected(sort: str, role: Role, least: Role) -> tuple[int, str] | None:
    """What says no, and how; None where nobody does."""
    if sort in {"none", "expired", "revoked"}:
        return 401, "unauthenticated"
    if sort == "without":
        return 403, "scope_missing"
    return None if role.includes(least) else (403, "role_missing")


def test_the_table_names_every_operation(app):
    with app.test_request_context():
        document = openapi(app)
    there = {
        (method.upper(), path.removeprefix(API))
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    named = [(method, path) for method, path, _, _ in TABLE]
    assert sorted(named) == sorted(there)


def test_the_document_says_the_same(app):
    with app.test_request_context():
        document = openapi(app)
    for method, path, scope, least in TABLE:
        operation = document["paths"][API + path][method.lower()]
        assert (operation["security"], operation["x-role"]) == ([{"token": [scope]}], least), f"{method} {path}"


@pytest.mark.parametrize("sort", SORTS)
def test_every_cell(sort, players):
    wrong = []
    for method, path, scope, least in TABLE:
        for role in Role:
            token = "" if sort == "none" else players.tokens[role, sort, Scope(scope)]
            answer = players.ask(method, filled(path), token)
            no = expected(sort, role, least)
            if no and (answer.status_code, answer.json["code"]) != no:
                wrong.append(f"{role} {method} {path}: {answer.status}, expected {no}")
            if not no and answer.status_code in {401, 403, 429, 500, 503}:
                wrong.append(f"{role} {method} {path}: {answer.status}, expected to be let in")
    assert not wrong, "\n".join(wrong)


def test_what_is_not_there_is_missing(players):
    wrong = []
    for method, path, scope, _ in TABLE:
        if "{" in path and method in {"GET", "DELETE"}:
            answer = players.ask(method, filled(path), players.tokens[ADMIN, "with", Scope(scope)])
            if (answer.status_code, answer.json["code"]) != (404, "missing"):
                wrong.append(f"{method} {path}: {answer.status}")
    assert not wrong, "\n".join(wrong)


# --- what is somebody else's ------------------------------------------------------------------------------------------

# Operations on what belongs to one person: whose it is in ``theirs`` below, and a body that would do.
FOREIGN: list[tuple[str, str, str, Any]] = [
    ("GET", "/inbox/{id}", "notification", None),
    ("POST", "/inbox/{id}/reading", "notification", None),
    ("DELETE", "/inbox/{id}/reading", "notification", None),
    ("GET", "/messages/{id}", "message", None),
    ("GET", "/messages/{id}/recipients", "message", None),
    ("POST", "/messages/{id}/cancellation", "message", None),
    ("DELETE", "/preferences/mutes/{id}", "mute", None),
]


@pytest.fixture
def theirs(world) -> dict[str, str]:
    """What edith has posted to emil."""
    posted = world.post("emil")
    world.mute("emil", sender="edith")
    return {"notification": _copy_of(world), "message": posted.id, "mute": str(_mute_of(world))}


def _copy_of(world: Any) -> str:
    emil = accounts.get(username="emil")
    [entry] = inbox.page(user_id=emil.id, showing=Showing(), now=world.clock.now()).entries
    return entry.id


def _mute_of(world: Any) -> int:
    [mute] = mutes.listed(username="emil", now=world.clock.now())
    return mute.id


@pytest.mark.parametrize(("method", "path", "what", "body"), FOREIGN, ids=str)
@pytest.mark.parametrize("role", list(Role))
def test_what_is_somebody_else_s_is_not_there(role, method, path, what, body, theirs, program_of: Callable[..., Any]):
    address = re.sub(r"\{\w+\}", theirs[what], path)
    answer = program_of("eve", role=role).ask(method, address, body)
    assert (answer.status_code, answer.json["code"]) == (404, "missing")
