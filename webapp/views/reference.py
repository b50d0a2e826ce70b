"""The reference of the API, for people who write programs: the OpenAPI document, and a page for each resource.

Open to everybody: it holds no secret, and tools that read it have no cookie.
"""

import hashlib
from typing import Any

from flask import current_app, request
from flask_babel import gettext as _

from webapp.api import openapi
from webapp.api._document import SECTIONS
from webapp.domain.refusal import Missing
from webapp.domain.scope import Scope
from webapp.problems import PROBLEMS
from webapp.runtime import runtime
from webapp.views import _reference
from webapp.views._answers import page
from webapp.views._blueprint import EVERYBODY, Screen

screen = Screen("reference", __name__, role=EVERYBODY)

_KEPT_S = 300  # seconds for which tools may cache the document; then they ask whether it has changed


@screen.get("/api")
def index() -> Any:
    """What all operations have in common, the resources with their operations, and the codes of all problems."""
    told = openapi(_app())
    return page(
        "reference/index.html",
        document=told,
        sections=SECTIONS,
        scopes=tuple(Scope),
        resources=_reference.resources(told),
        shapes=_reference.shapes(told, told["components"]["responses"]),
        problems=PROBLEMS,
        example=_reference.example(told, base=_base()),
    )


@screen.get("/api/<resource>")
def show(resource: str) -> Any:
    """One resource: its operations, what they take and answer."""
    told = openapi(_app())
    if (found := _reference.resource(told, resource, base=_base())) is None:
        raise Missing({"resource": _("The API has no such resource.")})
    return page("reference/resource.html", resource=found, resources=_reference.resources(told), problems=PROBLEMS)


@screen.get("/api/openapi.json")
def document() -> Any:
    """The document in OpenAPI 3.1."""
    answer = current_app.response_class(current_app.json.dumps(openapi(_app())), mimetype="application/json")
    answer.headers["Cache-Control"] = f"public, max-age={_KEPT_S}"
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:32])
    return answer.make_conditional(request)


def _base() -> str:
    """The address of this Belfry for programs: the configured one, not the one the reader used."""
    return (runtime().settings.public_url or request.url_root).rstrip("/")


def _app() -> Any:
    return current_app._get_current_object()  # pyright: ignore[reportAttributeAccessIssue]
