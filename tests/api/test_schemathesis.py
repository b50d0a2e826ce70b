"""The API against its own document: whatever the document allows, and what it does not, by a token of each role.

A short turn with every run of the tests; ``make soak`` makes a long one, from a seed that is printed.
"""

import copy
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.specs.openapi import checks as told

from tests.support.api_story import STORIES
from tests.support.known import Known
from tests.support.programs import API, Program
from tests.support.soak import Soak
from tests.support.subscribers import subscriber
from tests.support.world import World
from webapp.api import openapi
from webapp.domain.event_rule import EventRule
from webapp.domain.role import Role
from webapp.domain.scope import Scope
from webapp.services.inbox import inbox
from webapp.services.inbox.inbox import Showing
from webapp.services.people import accounts
from webapp.services.posting import mappings

JSON = "application/json"
CHECKS = [
    not_a_server_error,
    told.status_code_conformance,
    told.content_type_conformance,
    told.response_schema_conformance,
    told.response_headers_conformance,
]
REFUSED = [*CHECKS, told.negative_data_rejection]
SPECIFIED = {"get", "put", "post", "delete", "patch"}


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """Without limits: they have tests of their own."""
    return environment | {"BELFRY_API_RATE": "0"}


@pytest.fixture
def document(app) -> dict[str, Any]:
    with app.test_request_context():
        return openapi(app)


# --- the document itself ----------------------------------------------------------------------------------------------


def objects(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that a schema speaks of, however deep, with where it stands."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" or "properties" in schema:
            yield place, schema
        for name, inner in schema.items():
            yield from objects(inner, f"{place}/{name}")
    elif isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from objects(inner, f"{place}/{number}")


def test_every_object_is_closed(document):
    """But for what people name themselves: then it is said of what sort its values are."""
    open_ = [
        place
        for place, schema in [
            *objects(document["components"]["schemas"], "schemas"),
            *objects(document["paths"], "paths"),
        ]
        if "properties" in schema and schema.get("additionalProperties") is not False
    ]
    assert not open_


def test_every_operation_says_what_may_go_wrong_and_nothing_by_default(document):
    for path, method, operation in each(document):
        name, responses = f"{method} {path}", operation["responses"]
        assert "default" not in responses, name
        assert {"400", "401", "403", "429", "503"} <= set(responses), name
        assert _says_what_comes_back(responses), name
        assert operation["summary"], name
        if "{" in path:
            assert "404" in responses, name
        if "requestBody" in operation:
            assert {"413", "415", "422"} <= set(responses), name


def _says_what_comes_back(responses: dict[str, Any]) -> bool:
    good = {status: told for status, told in responses.items() if status.startswith("2")}
    bodies = all("content" in told and told["description"] for status, told in good.items() if status != "204")
    followed = "201" not in good or "Location" in good["201"]["headers"]
    return bool(good) and bodies and followed


def test_operations_have_different_names(document):
    names = Counter(operation["operationId"] for _, _, operation in each(document))
    assert not [name for name, times in names.items() if times > 1]


def each(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in sorted(set(item) & SPECIFIED):
            yield path, method, item[method]


# --- and what is behind it --------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What was asked, and what came of it."""

    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def note(self, name: str, status: int) -> None:
        self.statuses[name][status] += 1

    @property
    def cases(self) -> int:
        return sum(sum(found.values()) for found in self.statuses.values())

    def __str__(self) -> str:
        return "; ".join(
            f"{name} {' '.join(f'{status}×{n}' for status, n in sorted(found.items()))}"
            for name, found in sorted(self.statuses.items())
        )


@pytest.fixture
def known(world, programs, web) -> Known:
    """A small house in which something has happened."""
    subscriber(world)
    world.post("emil", "edith", sender="edith", key="once")
    world.dispatch()
    posted = world.post("emil", "admin", sender="admin", type="release", attributes={"level": "high"})
    deliveries = [row.id for row in world.rows()]
    notifications = _copies(world, "admin")
    return Known(
        id=[*deliveries, *notifications, posted.id, *_mapped(world)],
        ids=[notifications, deliveries],
        name=["team.news", "email-main", "archive"],
        settings=[{"url": web([204]).url()}],
        filters=[[{"channel": "team.news", "groups": [{}]}]],
        kind=["http"],
        version=[1],
        generation=[1],
        waive=["A receiver of a test's."],
        channel=["team.news"],
        recipients=[["emil"], ["emil", "edith"]],
        to=[["emil"]],
        username=["emil", "edith"],
        message=[posted.id],
        medium=["email"],
        subject=["Lunch"],
        body=["At *noon*."],
        roles=[[]],
    )


def _mapped(world: World) -> list[int]:
    rule, now = EventRule(channel="team.news", recipients=("emil",)), world.clock.now()
    return [mappings.add(rule=rule, by="admin", now=now).id for _ in range(3)]


def _copies(world: Any, username: str) -> list[str]:
    who = accounts.get(username=username)
    return [it.id for it in inbox.page(user_id=who.id, showing=Showing(), now=world.clock.now()).entries]


@pytest.fixture
def programs(program_of) -> dict[Role, Program]:
    """One of each role, with all the scopes that the role allows."""
    return {role: program_of(role.value, role=role) for role in Role}


@pytest.fixture
def schema(app, document) -> Any:
    """The document without its tokens: they are given by hand, and leaving them out is another test's."""
    bare = copy.deepcopy(document)
    bare.pop("security")
    for _, _, operation in each(bare):
        operation["x-scope"] = operation.pop("security")[0]["token"][0]
    made = schemathesis.openapi.from_dict(bare)
    made.app = app
    return made


# --- what every operation is for --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_every_operation_does_what_it_is_for(role, schema, programs, world, web):
    """For each role that may: so none of them is held only against what it refuses."""
    done: set[str] = set()
    operations = {f"{it.method.upper()} {it.path}": it for it in (ok.ok() for ok in schema.get_all_operations())}

    def ask(what: str, /, *, query: Any = None, body: Any = NOT_SET, sort: str = JSON, **path: Any) -> Any:
        verb, address = what.split()
        operation = operations[f"{verb} {API}{address}"]
        media_type = None if body is NOT_SET else sort
        case = operation.Case(path_parameters=path, query=query or {}, body=body, media_type=media_type)
        response = case.call(headers={"Authorization": f"Bearer {programs[role].token}"})
        assert 200 <= response.status_code < 300, f"{what}: {response.text}"
        case.validate_response(response, checks=CHECKS)
        done.add(f"{verb} {API}{address}")
        return response.json() if response.content else None

    url = web([204]).url()
    for least, story in STORIES.items():
        if role.includes(least):
            story(ask, role.value, world, url)
    scopes = {name: Scope(it.definition.raw["x-scope"]) for name, it in operations.items()}
    assert done == {name for name, scope in scopes.items() if role.includes(scope.role)}


# --- and all that may be asked of them --------------------------------------------------------------------------------


PARTS = 4  # so that several workers share them


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(PARTS))
def test_it_answers_as_it_says(part, schema, programs, known, soak: Soak):
    """Each case is asked for by every role; so what one has done, another one meets."""
    tally = Tally()
    operations = [found.ok() for found in schema.get_all_operations()][part::PARTS]
    for operation in operations:
        for mode, checks in ((GenerationMode.POSITIVE, CHECKS), (GenerationMode.NEGATIVE, REFUSED)):
            ask = Asking(operation, mode, checks, programs, known, tally)
            ask.many(soak.size("api", short=2, full=45), seed_=soak.seed)
    soak.told(f"{tally.cases} cases: {tally}")
    assert tally.cases >= soak.size("api_cases", short=PARTS, full=5_000) // PARTS
    assert set(tally.statuses) == {f"{it.method.upper()} {it.path} {role}" for it in operations for role in Role}


@dataclass
class Asking:
    """One operation, asked for what fits the document, or for what does not."""

    operation: Any
    mode: GenerationMode
    checks: Collection[Any]
    programs: dict[Role, Program]
    known: Known
    tally: Tally

    def many(self, times: int, *, seed_: int) -> None:
        @seed(seed_)
        @settings(
            max_examples=times, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck), print_blob=False,
        )  # fmt: skip
        @given(case=self.operation.as_strategy(generation_mode=self.mode), data=st.data())
        def turn(case: Any, data: Any) -> None:
            self.once(case, data.draw)

        try:
            turn()
        except Unsatisfiable:
            assert self.mode is GenerationMode.NEGATIVE  # there is nothing in it that could be wrong

    def once(self, case: Any, draw: Callable[[Any], Any]) -> None:
        if self.mode is GenerationMode.POSITIVE:
            case.path_parameters = self.known.put_into(case.path_parameters, draw)
            case.query = self.known.put_into(case.query, draw)
            case.body = self.known.put_into(case.body, draw)
        least = Scope(self.operation.definition.raw["x-scope"]).role
        # What is no request, or has no such address, is refused before anybody is asked who they are.
        refused = {403} if self.mode is GenerationMode.POSITIVE else {400, 403, 404}
        for role, program in self.programs.items():
            response = case.call(headers={"Authorization": f"Bearer {program.token}"})
            self.tally.note(f"{self.operation.method.upper()} {self.operation.path} {role}", response.status_code)
            # What is too large is refused as well; the library's list of refusals has not heard of that.
            checks = CHECKS if response.status_code == 413 else self.checks
            case.validate_response(response, checks=list(checks))
            if not role.includes(least):
                assert response.status_code in refused
