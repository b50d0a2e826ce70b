"""What makes a module a resource of the API: a blueprint whose every operation states its scope, what goes in and out.

The documentation is made of the same words: nothing is said twice.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, cast

from flask import g, request
from flask_smorest import Blueprint
from marshmallow import Schema

from webapp.api._schemas import ProblemSchema
from webapp.api._strict import StrictParser
from webapp.domain.scope import Scope
from webapp.problems import MIMETYPE, PROBLEMS, problem
from webapp.runtime import runtime
from webapp.services.people import tokens
from webapp.services.people.tokens import Caller

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
            for code in sorted(statuses | ({404} if "<" in rule else set())):
                made = self.alt_response(code, schema=ProblemSchema, content_type=MIMETYPE, description=_told(code))(
                    made
                )
            made = self.doc(
                operationId=f"{self.name.removeprefix('api_')}_{view.__name__}", security=[{"token": [scope]}]
            )(made)
            return self.route(rule, methods=[method])(made)

        return decorate

    def _admit(self) -> Any:
        """Who calls is found anew for each request: what was revoked or deactivated ends at once."""
        operation = self.operations[(request.endpoint or "").rpartition(".")[2]]
        caller = tokens.caller_of(token=_bearer(), now=runtime().now())
        if caller is None:
            answer = problem("unauthenticated")
            answer.headers["WWW-Authenticate"] = 'Bearer realm="Belfry"'
            return answer
        if operation.scope not in caller.scopes:
            return problem("scope_missing", f"This takes a token with the scope {operation.scope}.")
        if not caller.person.role.includes(operation.scope.role):
            return problem("role_missing", f"This is for {operation.scope.role.word.lower()}s.")
        g.caller = caller
        return None


def caller() -> Caller:
    """Who calls."""
    return cast(Caller, g.caller)


def _bearer() -> str:
    sort, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if sort.lower() == "bearer" else ""


def _told(status: int) -> str:
    """The problems of a status, in a sentence."""
    return " ".join(f"{sort.title} ({code})." for code, sort in PROBLEMS.items() if sort.status == status)
