"""The JSON door: one module, one resource. A module here that has a ``door`` is registered by being there.

``_door`` says what an operation of the API is; whoever calls is known by a token, never by a cookie.
"""

from threading import Lock
from typing import Any

from flask import Flask
from flask_smorest import Api

from webapp.api import _admission
from webapp.api._document import complete
from webapp.api._schemas import Documenting, ProblemSchema
from webapp.domain.registry import discover
from webapp.extensions import csrf
from webapp.problems import API
from webapp.runtime import runtime

_EXTENSION = "belfry.api.document"
_MAKING = Lock()


class _Documented(Api):
    """An Api that does not document error answers: they are the same for all of Belfry, and described once."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        pass


def register(app: Flask) -> None:
    """Register every resource, and who may call."""
    _admission.install(app)
    app.config.update(API_TITLE="Belfry", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    for module in discover(__name__):
        csrf.exempt(module.door)
        app.register_blueprint(module.door, url_prefix=API.rstrip("/"))


def openapi(app: Flask) -> dict[str, Any]:
    """The OpenAPI 3.1 document. Made at the first request for it, not at the start of every process."""
    with _MAKING:
        if _EXTENSION not in app.extensions:
            app.extensions[_EXTENSION] = _document(app)
        return app.extensions[_EXTENSION]


def _document(app: Flask) -> dict[str, Any]:
    api = _Documented(app, spec_kwargs={"security": [{"token": []}], "marshmallow_plugin": Documenting()})
    assert api.spec  # noqa: S101 — made with the application
    for module in discover(__name__):
        module.door.register_views_in_doc(api, app, api.spec, name=module.door.name, parameters=None)
        api.spec.tag({"name": module.door.tag, "description": module.door.description})
    return complete(api.spec.to_dict(), server=runtime().settings.public_url)
