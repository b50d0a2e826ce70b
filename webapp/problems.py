"""Problems: how the API says that something is wrong (RFC 9457), each with a code for programs and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request

MIMETYPE = "application/problem+json"
API = "/api/v1/"


@dataclass(frozen=True, slots=True)
class Problem:
    """A sort of problem: its HTTP status, its title, and what the client can do about it."""

    status: int
    title: str
    advice: str


PROBLEMS: Mapping[str, Problem] = {
    "not_understood": Problem(400, "The request cannot be understood", "Mend the request: it will never do as it is."),
    "unauthenticated": Problem(
        401,
        "No valid token",
        "Send “Authorization: Bearer bel_…”, with a token from your profile, or from an administrator.",
    ),
    "scope_missing": Problem(403, "The token is not for this", "Use a token with the scope that is named."),
    "role_missing": Problem(403, "Your role does not include this", "An administrator can change the role."),
    "missing": Problem(404, "There is nothing here", "Check the address: it does not exist, or is not yours to see."),
    "not_allowed": Problem(405, "This address cannot do that", "Use one of the methods in the header Allow."),
    "conflict": Problem(409, "That cannot be done now", "Ask for it again, look what it is now, and decide anew."),
    "in_flight": Problem(
        409, "The same request is being done at this moment", "Send it again in a second: you then get its answer."
    ),
    "too_large": Problem(413, "The request is too large", "Send less at once."),
    "not_json": Problem(415, "This is not JSON", "Send JSON, with “Content-Type: application/json”."),
    "not_event": Problem(
        415,
        "This is not one CloudEvent",
        "Send each event by itself: as application/cloudevents+json, or in headers that begin with ce-.",
    ),
    "refused": Problem(422, "That cannot be done as it is", "Mend what is named in “errors”; nothing was written."),
    "key_reused": Problem(
        422, "This Idempotency-Key was used for another request", "Send a request of its own under a key of its own."
    ),
    "no_mapping": Problem(
        422, "No mapping takes this event", "An administrator can add one at /mappings, or by “flask mappings add”."
    ),
    "check_failed": Problem(
        422,
        "The endpoint did not pass its check",
        "Mend what the check found. To go on without, say why in “waive”; or save it with “active”: false first, where "
        "the endpoint has to learn its signing key.",
    ),
    "too_many": Problem(429, "Too many requests", "Wait for as many seconds as the header Retry-After says."),
    "broken": Problem(
        500, "Something went wrong in Belfry", "Look whether it was done before you repeat it; the log says more."
    ),
    "away": Problem(
        503,
        "Belfry cannot reach its database",
        "Wait for as many seconds as Retry-After says; then look whether it was done, unless a repeat changes nothing.",
    ),
}
_BY_STATUS = {problem.status: code for code, problem in reversed(PROBLEMS.items())}


def for_a_program() -> bool:
    """Whether the request is for the API, even if there is no such address."""
    return request.path.startswith(API) or request.path == API.rstrip("/")


def problem(code: str, detail: str = "", *, errors: Mapping[str, str] | None = None, **more: Any) -> Response:
    """The response. ``errors``: a sentence for each field that is not right."""
    sort = PROBLEMS[code]
    told = {
        "type": f"/api#{code}",
        "title": sort.title,
        "status": sort.status,
        "detail": detail or sort.title + ".",
        "code": code,
        "advice": sort.advice,
        "errors": [{"field": field, "message": message} for field, message in (errors or {}).items()],
        **more,
    }
    return current_app.response_class(current_app.json.dumps(told), sort.status, mimetype=MIMETYPE)


def code_of(status: int) -> str:
    """The problem's code where only the HTTP status is known."""
    return _BY_STATUS.get(status) or ("broken" if status >= 500 else "not_understood")
