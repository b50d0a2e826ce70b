"""What the API can do, for whoever writes a program: the document as it is, and as a page to read.

Open to everybody: it holds no secret, and a tool that reads it has no cookie.
"""

import hashlib
from typing import Any

from flask import current_app, request

from webapp.api import openapi
from webapp.problems import PROBLEMS
from webapp.views import _reference
from webapp.views._answers import page
from webapp.views._blueprint import EVERYBODY, Screen

screen = Screen("reference", __name__, role=EVERYBODY)

_KEPT_S = 300  # seconds for which a tool need not ask again; then it is told that nothing has changed


@screen.get("/api")
def index() -> Any:
    """The operations by their resources, what they take and answer, and the codes of all problems."""
    document = openapi(_app())
    return page(
        "reference/index.html",
        document=document,
        groups=_reference.groups(document, base=request.host_url.rstrip("/")),
        shapes=_reference.shapes(document),
        problems=PROBLEMS,
    )


@screen.get("/api/openapi.json")
def document() -> Any:
    """The document in OpenAPI 3.1."""
    answer = current_app.response_class(current_app.json.dumps(openapi(_app())), mimetype="application/json")
    answer.headers["Cache-Control"] = f"public, max-age={_KEPT_S}"
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:32])
    return answer.make_conditional(request)


def _app() -> Any:
    return current_app._get_current_object()  # pyright: ignore[reportAttributeAccessIssue]
