"""What the OpenAPI document says besides its operations: general information, server, tokens, and problems."""

from collections.abc import Iterator
from typing import Any

from webapp.domain.scope import Scope
from webapp.problems import MIMETYPE, PROBLEMS

_METHODS = {"get", "put", "post", "delete", "patch"}
# What all operations have in common, by what it is about.
SECTIONS = {
    "Signing in": "Every request carries a token, “Authorization: Bearer bel_…”, made in the profile of whoever it "
    "acts for, or by an administrator for an account of a program. It does what its scopes say, and never more than "
    "its owner’s role allows. Cookies open nothing here.",
    "What goes in and out": "JSON in UTF-8. Times are RFC 3339 with a zone, and are answered in UTC; durations are "
    "seconds; the ids of messages, notifications and deliveries are ULIDs. A field that is not documented is refused, "
    "never ignored.",
    "Lists": "They come in pages: “next” of one is “after” for the one behind it; on the last one it is null.",
    "Limits": "A token may make so many requests in a minute, and whoever it acts for may post so many messages in a "
    "minute, to so many people in an hour. RateLimit-Policy and RateLimit of each answer say how that stands. Beyond "
    "it the answer is 429, and Retry-After says in how many seconds to ask again.",
    "Repeating": "A repeat is safe after 429. After 503 and after a broken connection nobody knows whether it was "
    "done: a repeat is safe where a second time changes nothing: reading, PUT, DELETE, and posting a message under an "
    "Idempotency-Key. Otherwise look first.",
    "Problems": "What is wrong is answered as a problem (RFC 9457), “application/problem+json”, with a code for "
    "programs and what to do about it. The code stays the same; its sentences may become better.",
}
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of Belfry, bel_…; each operation names the scope that it takes.\n\n"
    + "\n".join(f"- `{scope}`: {scope.sentence}" for scope in Scope),
}
_HEADERS = {
    "RateLimit-Policy": "How many (q) there may be in how many seconds (w): of requests by the token, and where "
    "something is posted, of posts in the poster’s name and of their recipients.",
    "RateLimit": "How many more (r) there may be at least within the next seconds (t).",
    "Retry-After": "In how many seconds to try again.",
}
_TELL_RATE = {name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit-Policy", "RateLimit")}
_TELL_WAIT = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
_PARTS = ("openapi", "info", "servers", "tags", "security", "paths", "components")  # in reading order
_MAY_WAIT = {409, 429, 503}


def complete(document: dict[str, Any], *, server: str) -> dict[str, Any]:
    """The document with everything that its operations share. ``server``: the address of this Belfry, if known."""
    document["info"] |= {
        "summary": "Notifications that can always tell you why.",
        "description": "\n\n".join(f"## {title}\n\n{text}" for title, text in SECTIONS.items()),
        "license": {"name": "MIT", "identifier": "MIT"},
    }
    document["servers"] = [{"url": server or "/", "description": "This Belfry"}]
    components = document["components"]
    components["schemas"].pop("PaginationMetadata", None)  # the library's own pages, which are not ours
    components["securitySchemes"] = {"token": _TOKEN}
    components["responses"] = {f"Problem{status}": _problem(status) for status in _statuses()}
    components["headers"] = {
        name: {"description": told, "schema": {"type": "string"}} for name, told in _HEADERS.items()
    }
    for _, _, operation in operations(document):
        _complete(operation)
    return {part: document[part] for part in _PARTS}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, method, operation) of each."""
    for path, item in document["paths"].items():
        for method in item:
            if method in _METHODS:
                yield path, method, item[method]


def _complete(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status, response in responses.items():
        if status.startswith("2"):
            response["headers"] = _TELL_RATE | response.get("headers", {})
    operation["responses"] = dict(sorted(responses.items()))
    operation["x-role"] = Scope(operation["security"][0]["token"][0]).role


def _statuses() -> list[int]:
    return sorted({sort.status for sort in PROBLEMS.values()})


def _problem(status: int) -> dict[str, Any]:
    codes = {code: sort for code, sort in PROBLEMS.items() if sort.status == status}
    example = [
        {"type": f"/api#{code}", "title": sort.title, "status": status, "detail": f"{sort.title}.", "code": code,
         "advice": sort.advice, "errors": []}
        for code, sort in codes.items()
    ]  # fmt: skip
    return {
        "description": " ".join(f"{sort.title} (`{code}`)." for code, sort in codes.items()),
        "headers": _TELL_WAIT if status in _MAY_WAIT else {},
        "content": {
            MIMETYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {it["code"]: {"value": it} for it in example},
            }
        },
    }
