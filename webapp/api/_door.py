"""What makes a module a resource of the API: a blueprint whose every operation states its scope, what goes in and out.

The documentation is made of the same words: nothing is said twice.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_smorest import Blueprint
from marshmallow import Schema

from webapp.api._admission import admit, caller, tell_rate
from webapp.api._strict import StrictParser
from webapp.domain.scope import Scope

__all__ = ["Door", "caller"]
_ALWAYS = (400, 401, 403, 429, 503)
_WITH_BODY = (413, 415, 422)
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """What one asks of whoever calls."""

    method: str
    rule: str
    scope: Scope


class Door(Blueprint):
    """One resource. ``operations`` by the names of their views."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, import_name: str, *, description: str) -> None:
        super().__init__(f"api_{name}", import_name, description=description)
        self.operations: dict[str, Operation] = {}
        self.before_request(self._admit)
        self.after_request(tell_rate)

    def operation(
        self,
        method: str,
        rule: str,
        *,
        scope: Scope,
        query: type[Schema] | None = None,
        body: type[Schema] | None = None,
        gives: type[Schema] | None = None,
        status: int = 200,
        refuses: Collection[int] = (),
    ) -> Callable[[View], View]:
        """Make a view an operation. It is called with what its address names, and ``query`` and ``body`` as keyword
        arguments; it returns what ``gives`` is made of. ``refuses``: the statuses, beside the usual ones, of problems
        that it may answer with."""

        def decorate(view: View) -> View:
            self.operations[view.__name__] = Operation(method, rule, scope)
            made = view
            if body:
                made = self.arguments(body, location="json", arg_name="body")(made)
            if query:
                made = self.arguments(query, location="query", arg_name="query")(made)
            made = self.response(status, gives)(made)
            statuses = {*_ALWAYS, *(_WITH_BODY if body else ()), *((422,) if query else ()), *refuses}
            statuses |= {404} if "<" in rule else set()
            made = self.doc(
                operationId=f"{self.name.removeprefix('api_')}_{view.__name__}",
                tags=[self.tag],
                security=[{"token": [scope]}],
                responses={code: {"$ref": f"#/components/responses/Problem{code}"} for code in sorted(statuses)},
            )(made)
            return self.route(rule, methods=[method])(made)

        return decorate

    @property
    def tag(self) -> str:
        """What the documentation calls the resource."""
        return self.name.removeprefix("api_").replace("_", " ").capitalize()

    def _admit(self) -> Any:
        """Everybody may ask which methods an address has."""
        if request.method == "OPTIONS":
            return None
        return admit(self.operations[(request.endpoint or "").rpartition(".")[2]].scope)
