"""Values that a database cannot hold, wherever one may be given: never an error of ours."""

import copy
import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from tests.support.api_story import STORIES
from tests.support.programs import API
from webapp.domain.role import Role

NAMES = ["a%00b", "9" * 30]
WORDS = ["a\0b", 10**17, None, {}]


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"BELFRY_API_RATE": "0"}


def variants(told: Any) -> Iterator[Any]:
    """The same with one of its values, however deep, in another's place."""
    for name, value in told.items() if isinstance(told, dict) else enumerate(told):
        inner = variants(value) if isinstance(value, (dict, list)) else iter(())
        for odd in [*WORDS, *inner]:
            made = copy.deepcopy(told)
            made[name] = odd
            yield made


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("role", Role)
def test_none_of_them_breaks_anything(role, program_of, world, web):
    """Before each request that does what it is for, that request with something else in one place."""
    program = program_of(role.value, role=Role.ADMIN)
    url, broken = web([204]).url(), []

    def ask(what: str, /, *, query: Any = None, body: Any = None, sort: str = "application/json", **path: Any) -> Any:
        verb, address = what.split()

        def once(path: dict[str, Any], query: Any, body: Any) -> Any:
            sent = {} if body is None else {"data": json.dumps(body), "content_type": sort}
            answer = program.client.open(
                API + address.format(**path), method=verb, query_string=query, **sent,
                headers={"Authorization": f"Bearer {program.token}"},
            )  # fmt: skip
            if answer.status_code >= 500:
                broken.append(f"{verb} {address} {path} {query} {body}: {answer.status_code}")
            return answer

        for name, odd in product(path, NAMES):
            once({**path, name: odd}, query, body)
        for odd in variants(query or {}):
            once(path, odd, body)
        if verb != "DELETE" and "url" not in json.dumps(body):
            for odd in variants(body or {}):
                once(path, query, odd)
        return once(path, query, body).get_json(silent=True)

    STORIES[role](ask, role.value, world, url)
    assert not broken, "\n".join(broken)
