"""What makes a module a resource of the API: a blueprint whose every operation states its scope, its input and its
output.

The documentation is generated from the same declarations.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import request
from flask_smorest import Blueprint
from marshmallow import Schema

from webapp.api._admission import admit, caller, tell_rate
from webapp.api._schemas import Closed, PageQuery
from webapp.api._strict import StrictParser
from webapp.domain.refusal import Missing, Refused
from webapp.domain.scope import Scope
from webapp.problems import PROBLEMS, code_of

__all__ = ["Door", "caller"]
_ALWAYS = (400, 401, 403, 422, 429, 503)
_WITH_BODY = (413, 415)
LOCATION = {"description": "Where it is from now on.", "schema": {"type": "string"}}
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation requires of its caller."""

    method: str
    rule: str
    scope: Scope


class Door(Blueprint):
    """One resource. ``operations`` are by the names of their views."""

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
        refuses: Collection[int | str] = (),
    ) -> Callable[[View], View]:
        """Make a view an operation. The view is called with the parameters of its address, and ``query`` and ``body``
        as keyword arguments; it returns the data for ``gives``, and for a 201 also the new resource's address.
        ``refuses``: problems that it may answer with besides the usual ones; a status stands for the first problem that
        has it."""

        def decorate(view: View) -> View:
            self.operations[view.__name__] = Operation(method, rule, scope)
            made = _paged(view) if query and issubclass(query, PageQuery) else view
            # Instances: from a class, each request would make a new one, which takes longer than reading the input.
            if body:
                made = self.arguments(body(), location="json", arg_name="body")(made)
            asked: dict[str, Any] = {"arg_name": "query"} if query else {"as_kwargs": True}
            made = self.arguments(query() if query else Closed(), location="query", **asked)(made)
            made = self.response(status, gives, headers={"Location": LOCATION} if status == 201 else None)(made)
            statuses = {*_ALWAYS, *(_WITH_BODY if body else ()), *refuses}
            codes = _codes(statuses | ({404} if "<" in rule else set()))
            made = self.doc(
                operationId=f"{self.name.removeprefix('api_')}_{view.__name__}",
                tags=[self.tag],
                security=[{"token": [scope]}],
                responses={PROBLEMS[code].status: _answer(code) for code in codes},
                **{"x-problems": codes},
            )(made)
            return self.route(rule, methods=[method], merge_slashes=False)(made)

        return decorate

    @property
    def tag(self) -> str:
        """The resource's name in the documentation."""
        return self.name.removeprefix("api_").replace("_", " ").capitalize()

    def _admit(self) -> Any:
        """Check the caller's scope. OPTIONS is open to everybody."""
        if request.method == "OPTIONS":
            return None
        return admit(self.operations[(request.endpoint or "").rpartition(".")[2]].scope)


def _paged(view: View) -> View:
    """An invalid cursor is reported at the query's field ``after``, like other invalid input."""

    @wraps(view)
    def page(**named: Any) -> Any:
        try:
            return view(**named)
        except Missing as missing:
            if set(missing.problems) != {"after"}:
                raise
            raise Refused(missing.problems) from None

    return page


def _codes(refused: Collection[int | str]) -> list[str]:
    """The problems in the order of their list. The two for callers who may not call belong to every operation."""
    named = {code_of(it) if isinstance(it, int) else it for it in refused} | {"scope_missing", "role_missing"}
    return [code for code in PROBLEMS if code in named]


def _answer(code: str) -> dict[str, str]:
    return {"$ref": f"#/components/responses/Problem{PROBLEMS[code].status}"}
