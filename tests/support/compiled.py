"""Caches across tests: what a server compiles once, each test would otherwise compile anew for its own application."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

STATEMENTS = 2000  # more than all tests of a folder have; a server keeps 500


@pytest.fixture(scope="session", autouse=True)
def _statements_once() -> Iterator[None]:
    """Cache compiled statements across tests. SQLAlchemy caches by dialect object, and each test's database has its
    own; here those of one kind share a cache."""
    kept = defaultdict[type, Any](partial(LRUCache, STATEMENTS))

    def created(cls: type[DefaultDialect], engine: Engine) -> None:
        engine._compiled_cache = kept[cls]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda one: hash(type(one)))
        patch.setattr(DefaultDialect, "engine_created", classmethod(created))
        yield


@pytest.fixture(scope="session", autouse=True)
def _rules_once() -> Iterator[None]:
    """Cache parsed URL rules across applications: every application has the same two hundred."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_parse_rule", _parsed_once(Rule._parse_rule))
        yield


def _parsed_once(parse_rule: Callable[..., Any]) -> Callable[..., Any]:
    kept: dict[Any, tuple[Any, ...]] = {}

    def parse(rule: Rule, text: str) -> Any:
        # The converters depend on the application.
        key = text, tuple(rule.map.converters.items())
        if key in kept:
            parts, trace, converters = kept[key]
            rule._trace += trace
            rule._converters |= converters
            rule.arguments |= converters.keys()
        else:
            known = len(rule._trace)
            parts = tuple(parse_rule(rule, text))
            kept[key] = parts, rule._trace[known:], dict(rule._converters)
        return parts

    return parse
