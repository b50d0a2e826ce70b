"""The JSON door: one module, one resource. A module here that has a ``door`` is registered by being there.

``_door`` says what an operation of the API is; whoever calls is known by a token, never by a cookie.
"""

from typing import Any

from flask import Flask
from flask_smorest import Api

from webapp.api._schemas import Documenting, ProblemSchema
from webapp.domain.registry import discover
from webapp.domain.scope import Scope
from webapp.extensions import csrf
from webapp.problems import API

_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of Belfry, bel_…; its scopes: " + " ".join(f"{scope}: {scope.sentence}" for scope in Scope),
}


class _Documented(Api):
    """What is documented of the API. How errors are answered is the same for all of Belfry, so not said here."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        pass


def register(app: Flask) -> None:
    """Register every resource."""
    app.config.update(API_TITLE="Belfry", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    for module in discover(__name__):
        csrf.exempt(module.door)
        app.register_blueprint(module.door, url_prefix=API.rstrip("/"))


def openapi(app: Flask) -> dict[str, Any]:
    """The document, in OpenAPI 3.1. Made when it is asked for: a process that starts has other things to do."""
    api = _Documented(app, spec_kwargs={"security": [{"token": []}], "marshmallow_plugin": Documenting()})
    assert api.spec  # noqa: S101 — made with the application
    api.spec.components.security_scheme("token", _TOKEN)
    for module in discover(__name__):
        module.door.register_views_in_doc(api, app, api.spec, name=module.door.name, parameters=None)
        api.spec.tag({"name": module.door.name, "description": module.door.description})
    return api.spec.to_dict()
