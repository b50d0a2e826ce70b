"""What a server compiles once, and a test, which makes an application for itself, would compile each time anew."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

STATEMENTS = 2000  # as many as all tests of a folder have; a server keeps 500


@pytest.fixture(scope="session", autouse=True)
def _statements_once() -> Iterator[None]:
    """Keep the text of a statement from test to test. Every test has a database of its own, and to SQLAlchemy each of
    them speaks a dialect of its own; but those of one kind are told the same."""
    kept = defaultdict[type, Any](partial(LRUCache, STATEMENTS))

    def created(cls: type[DefaultDialect], engine: Engine) -> None:
        engine._compiled_cache = kept[cls]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda one: hash(type(one)))
        patch.setattr(DefaultDialect, "engine_created", classmethod(created))
        yield
