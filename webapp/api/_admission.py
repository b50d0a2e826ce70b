"""Who may call: identified at each request by a token, never by a cookie, and counted."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import cast

from flask import Flask, Response, current_app, g, request

from webapp.domain.scope import Scope
from webapp.problems import problem
from webapp.runtime import runtime
from webapp.services.people import tokens
from webapp.services.people.rates import WINDOW, Rates, Standing
from webapp.services.people.strangers import Strangers
from webapp.services.people.tokens import Caller
from webapp.services.posting.limits import Quota

_EXTENSION = "belfry.api"


@dataclass(frozen=True, slots=True)
class Gate:
    """What one process remembers of its callers."""

    rates: Rates
    strangers: Strangers = field(default_factory=Strangers)


def install(app: Flask) -> None:
    """Give the application its gate."""
    with app.app_context():
        app.extensions[_EXTENSION] = Gate(Rates(int(runtime().settings.api_rate)))


def admit(scope: Scope) -> Response | None:
    """Identify the caller, for ``caller``; returns an answer for whoever may not call.

    A revocation, deactivation or lower role takes effect at once. An invalid token counts against the client's address;
    without any token nothing is looked up. Raises Throttled.
    """
    gate, now = cast(Gate, current_app.extensions[_EXTENSION]), runtime().now()
    token = _bearer()
    found = tokens.caller_of(token=token, now=now) if token else None
    if found is None:
        if token:
            gate.strangers.count(address=request.remote_addr, now=now)
        return _unauthenticated()
    g.standing = gate.rates.count(token_id=found.token_id, now=now, reads=request.method in {"GET", "HEAD"})
    if g.standing and not g.standing.allowed:
        return problem("too_many", f"This token may make {g.standing.most} requests in a minute.")
    if scope not in found.scopes:
        return problem("scope_missing", f"This takes a token with the scope {scope}.")
    if not found.person.role.includes(scope.role):
        return problem("role_missing", f"This is for {scope.role.word.lower()}s.")
    g.caller = found
    return None


def caller() -> Caller:
    """Who calls."""
    return cast(Caller, g.caller)


def tell_rate(answer: Response) -> Response:
    """Add the token's rate to the answer, in the fields of draft-ietf-httpapi-ratelimit-headers.

    The older X-RateLimit fields have a different meaning in every API that sends them (a reset is a moment here, a
    number of seconds there), and have room for one limit only; these fields name each limit.
    """
    standing: Standing | None = g.get("standing")
    quotas: list[Quota] = [*_of_requests(standing), *g.get("quotas", ())]
    if quotas:
        now = runtime().now()
        answer.headers["RateLimit-Policy"] = ", ".join(
            f'"{it.name}";q={it.most};w={round(it.window.total_seconds())}' for it in quotas
        )
        answer.headers["RateLimit"] = ", ".join(f'"{it.name}";r={it.left};t={_seconds(it, now)}' for it in quotas)
    if standing and not standing.allowed:
        answer.headers["Retry-After"] = str(_seconds(quotas[0], runtime().now()))
    return answer


def note_quotas(quotas: Collection[Quota]) -> None:
    """Add these limits to the answer's rate fields as well."""
    g.quotas = quotas


def _of_requests(standing: Standing | None) -> list[Quota]:
    return [Quota("requests", standing.most, standing.left, WINDOW, standing.until)] if standing else []


def _seconds(quota: Quota, now: datetime) -> int:
    return max(1, ceil((quota.until - now).total_seconds()))


def _unauthenticated() -> Response:
    answer = problem("unauthenticated")
    answer.headers["WWW-Authenticate"] = 'Bearer realm="Belfry"'
    return answer


def _bearer() -> str:
    sort, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if sort.lower() == "bearer" else ""
