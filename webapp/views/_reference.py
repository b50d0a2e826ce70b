"""The document of the API as pages tell it: a list of its resources; and each with its operations and the shapes of
what goes in and out there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webapp.api._document import operations
from webapp.domain.role import Role
from webapp.domain.scope import Scope
from webapp.views._curl import Curl, Schema, resolved

_SCHEMAS = "#/components/schemas/"
_BOUNDS = {
    "format": "{}", "pattern": "like {}", "minLength": "at least {} long", "maxLength": "at most {} long",
    "minimum": "at least {}", "maximum": "at most {}", "minItems": "at least {}", "maxItems": "at most {}",
    "default": "{} if it is left out",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, or one field of an object. ``shape`` names the type of object that it holds, if any."""

    name: str
    where: str
    required: bool
    kind: str
    shape: str
    bounds: str
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a successful request; ``shape`` names the type of object in it."""

    status: str
    description: str
    shape: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scope: Scope
    role: Role
    parameters: tuple[Field, ...]
    bodies: tuple[tuple[str, str], ...]
    answers: tuple[Answer, ...]
    problems: tuple[str, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One object that goes in or out."""

    name: str
    description: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An operation as the list has it."""

    id: str
    method: str
    path: str
    summary: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource; ``slug`` is its part of an address."""

    name: str
    slug: str
    description: str
    operations: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One resource with all its operations and shapes. ``before`` and ``behind`` are its neighbours in the list, or
    None."""

    name: str
    slug: str
    description: str
    operations: tuple[Shown, ...]
    shapes: tuple[Shape, ...]
    before: Resource | None
    behind: Resource | None


def resources(document: Schema) -> list[Resource]:
    """All of them, in the order of the document."""
    return [
        Resource(tag["name"], _slug(tag["name"]), tag["description"], tuple(_lines(document, tag["name"])))
        for tag in document["tags"]
    ]


def resource(document: Schema, slug: str, *, base: str) -> Told | None:
    """The resource of that slug. ``base``: the address used in the examples."""
    found = resources(document)
    for place, it in enumerate(found):
        if it.slug == slug:
            return Told(
                it.name, slug, it.description, tuple(_operations(document, it.name, base)),
                tuple(_spoken_of(document, it.name)), *_beside(found, place),
            )  # fmt: skip
    return None


def shapes(document: Schema, told: Any) -> list[Shape]:
    """All objects that a part of the document refers to, and those inside them, ordered by name."""
    found: set[str] = set()
    _collect(document, told, found)
    schemas = document["components"]["schemas"]
    return [Shape(name, schemas[name].get("description", ""), tuple(_fields(schemas[name]))) for name in sorted(found)]


def example(document: Schema, *, base: str) -> str:
    """The simplest request that needs a token."""
    return Curl(document).curl(base, "/api/v1/channels", "GET", {})


def _beside(found: list[Resource], place: int) -> tuple[Resource | None, Resource | None]:
    ends: list[Resource | None] = [None, *found, None]
    return ends[place], ends[place + 2]


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _of(document: Schema, name: str) -> Iterator[tuple[str, str, Schema]]:
    """(path, method, operation) of each that a resource has."""
    return (it for it in operations(dict(document)) if it[2]["tags"][0] == name)


def _lines(document: Schema, name: str) -> Iterator[Line]:
    for path, method, told in _of(document, name):
        yield Line(told["operationId"], method.upper(), path, told.get("summary", ""))


def _operations(document: Schema, name: str, base: str) -> Iterator[Shown]:
    for path, method, _told in _of(document, name):
        yield _shown(document, path, method, base)


def _spoken_of(document: Schema, name: str) -> list[Shape]:
    """All objects in the requests and responses of a resource."""
    parts = ("requestBody", "responses", "parameters")
    return shapes(document, [told.get(part) for _path, _method, told in _of(document, name) for part in parts])


def _collect(document: Schema, told: Any, found: set[str]) -> None:
    """Add the names of all schemas that something refers to, directly or through others. Only references to schemas are
    followed, so the problems, which are the same everywhere, are left out."""
    if isinstance(told, list):
        for inner in told:
            _collect(document, inner, found)
    elif isinstance(told, dict):
        ref = str(told.get("$ref", ""))
        name = ref.removeprefix(_SCHEMAS) if ref.startswith(_SCHEMAS) else ""
        if name and name not in found:
            found.add(name)
            _collect(document, document["components"]["schemas"][name], found)
        for inner in told.values():
            _collect(document, inner, found)


def _shown(document: Schema, path: str, method: str, base: str) -> Shown:
    item = document["paths"][path]
    operation = item[method]
    scope = Scope(operation["security"][0]["token"][0])
    contents = operation.get("requestBody", {}).get("content", {})
    return Shown(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        scope=scope,
        role=scope.role,
        parameters=tuple(map(_parameter, [*item.get("parameters", []), *operation.get("parameters", [])])),
        bodies=tuple((kind, _shape(content["schema"])) for kind, content in contents.items()),
        answers=tuple(_answers(document, operation)),
        problems=tuple(operation["x-problems"]),
        example=Curl(document).curl(base, path, method.upper(), operation),
    )


def _parameter(told: Schema) -> Field:
    return _field(told["name"], told["schema"], where=told["in"], required=told.get("required", False),
                  description=told.get("description", ""))  # fmt: skip


def _fields(schema: Schema) -> Iterator[Field]:
    needed = schema.get("required", [])
    for name, told in schema.get("properties", {}).items():
        yield _field(name, told, where="", required=name in needed, description=told.get("description", ""))


def _field(name: str, schema: Schema, *, where: str, required: bool, description: str) -> Field:
    inner = schema.get("items", schema)
    bounds = [words.format(_said(schema[key])) for key, words in _BOUNDS.items() if key in schema]
    return Field(name, where, required, _kind(schema), _shape(inner), ", ".join(bounds), description)


def _kind(schema: Schema) -> str:
    """The type in words: one of a list, a list of something, or what JSON calls it."""
    if "enum" in schema:
        return " | ".join(_said(it) for it in schema["enum"])
    if "items" in schema:
        inner = _kind(schema["items"])
        return f"list of {inner}" if inner else "list of"
    if _shape(schema):
        return "null or" if "anyOf" in schema or "oneOf" in schema else ""
    kind = schema.get("type", "anything")
    return " or ".join(kind) if isinstance(kind, list) else kind


def _shape(schema: Schema) -> str:
    """The name of the object that a schema refers to, alone or in a union; empty if none."""
    several = [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]
    refs = [it["$ref"] for it in (schema, schema.get("items", {}), *several) if "$ref" in it]
    return refs[0].rpartition("/")[2] if refs else ""


def _answers(document: Schema, operation: Schema) -> Iterator[Answer]:
    for status, told in operation["responses"].items():
        if not status.startswith("2"):
            continue
        found = resolved(document, told)
        contents = list(found.get("content", {}).values())
        yield Answer(status, found.get("description", ""), _shape(contents[0]["schema"]) if contents else "")


def _said(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
