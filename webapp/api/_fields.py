"""Fields that accept exactly the type in their schema, without conversion: no text for a number."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from marshmallow import fields

from webapp.domain.refusal import Refused


class Number(fields.Float):
    """A number of JSON."""

    def _validated(self, value: Any) -> float:
        if isinstance(value, str):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


@contextmanager
def called(names: Mapping[str, str]) -> Iterator[None]:
    """Renames the fields in a service's refusal to those of the API, where the two differ."""
    try:
        yield
    except Refused as refused:
        refused.problems = {names.get(field, field): sentence for field, sentence in refused.problems.items()}
        raise
