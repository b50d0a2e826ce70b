"""Strict reading of JSON: what could not be stored, or would be read differently elsewhere, is refused."""

import json
from typing import Any, NoReturn

from flask import Request, abort
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

_MOST_DIGITS = 18  # more than any number here has, and fits into 64 bits


class StrictParser(FlaskParser):
    """Accepts JSON in UTF-8 only; no NaN, no numbers too large for a database, no lone surrogates, no excessive
    nesting."""

    DEFAULT_VALIDATION_STATUS = 422

    def __init__(self) -> None:
        super().__init__()
        self.DEFAULT_UNKNOWN_BY_LOCATION = {"json": None, "query": RAISE}

    def parse(self, argmap: Any, req: Any = None, *, location: str | None = None, **told: Any) -> Any:
        """Load the request with ``argmap``, a schema. Skips the work for an empty query, as most requests have."""
        request = req or self.get_default_request()
        if location == "query" and not (argmap.fields or request.query_string):
            return {}
        return super().parse(argmap, request, location=location, **told)

    def load_json(self, req: Request, schema: Any) -> Any:
        """The body. Raises 400, or 415 where it is something else than JSON."""
        if not req.is_json:
            raise UnsupportedMediaType
        return read_json(req.get_data())


def read_json(body: bytes) -> Any:
    """The parsed body. Raises 400."""
    try:
        found = json.loads(body.decode(), parse_constant=_no_number, parse_int=_whole, parse_float=_finite)
        json.dumps(found, ensure_ascii=False).encode()  # raises for a lone surrogate, which is no text
    except RecursionError:
        abort(400, "The JSON is nested too deeply.")
    except ValueError as error:
        abort(400, f"The body is not JSON: {error}")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number has too many digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return number
