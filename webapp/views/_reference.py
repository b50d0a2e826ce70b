"""The document of the API as a page tells it: operations by resource, and the shapes of what goes in and out."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.api._document import operations
from webapp.domain.role import Role
from webapp.domain.scope import Scope

Schema = Mapping[str, Any]
_BOUNDS = {
    "format": "{}", "pattern": "like {}", "minLength": "at least {} long", "maxLength": "at most {} long",
    "minimum": "at least {}", "maximum": "at most {}", "minItems": "at least {}", "maxItems": "at most {}",
    "default": "{} if it is left out",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, or one field of an object. ``shape`` names the object that it holds, if it does."""

    name: str
    where: str
    required: bool
    kind: str
    shape: str
    bounds: str
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back where nothing is wrong; ``shape`` names the object."""

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
class Group:
    """One resource."""

    name: str
    description: str
    operations: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One object that goes in or out."""

    name: str
    description: str
    fields: tuple[Field, ...]


def groups(document: Schema, *, base: str) -> list[Group]:
    """The resources in the order of the document. ``base``: the address in the examples."""
    found = [(operation["tags"][0], _shown(document, path, method, base)) for path, method, operation in
             operations(dict(document))]  # fmt: skip
    return [
        Group(tag["name"], tag["description"], tuple(shown for name, shown in found if name == tag["name"]))
        for tag in document["tags"]
    ]


def shapes(document: Schema) -> list[Shape]:
    """All objects in the order of their names."""
    return [
        Shape(name, schema.get("description", ""), tuple(_fields(schema)))
        for name, schema in sorted(document["components"]["schemas"].items())
    ]


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
        example=_Example(document).curl(base, path, method.upper(), operation),
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
    """The name of the object that a schema refers to, itself or as one of several; or none."""
    several = [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]
    refs = [it["$ref"] for it in (schema, schema.get("items", {}), *several) if "$ref" in it]
    return refs[0].rpartition("/")[2] if refs else ""


def _answers(document: Schema, operation: Schema) -> Iterator[Answer]:
    for status, told in operation["responses"].items():
        if not status.startswith("2"):
            continue
        found = _resolved(document, told)
        contents = list(found.get("content", {}).values())
        yield Answer(status, found.get("description", ""), _shape(contents[0]["schema"]) if contents else "")


def _resolved(document: Schema, told: Schema) -> Schema:
    if "$ref" not in told:
        return told
    _, *parts = told["$ref"].split("/")
    for part in parts:
        document = document[part]
    return document


def _said(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


class _Example:
    """How an operation is called from a shell."""

    def __init__(self, document: Schema) -> None:
        self.document = document

    def curl(self, base: str, path: str, method: str, operation: Schema) -> str:
        """The command, over several lines."""
        address = re.sub(r"\{(\w+)\}", lambda found: f"${found[1].upper()}", path)
        verb = "" if method == "GET" else f"-X {method} "
        lines = [f'curl {verb}"{base}{address}"', '-H "Authorization: Bearer $BELFRY_TOKEN"']
        for kind, content in list(operation.get("requestBody", {}).get("content", {}).items())[:1]:
            body = json.dumps(content.get("example", self.value(content["schema"])), ensure_ascii=False)
            lines += [f'-H "Content-Type: {kind}"', "-d '" + body.replace("'", "'\\''") + "'"]
        return " \\\n  ".join(lines)

    def value(self, schema: Schema) -> Any:
        """Something that fits: what is given as an example, else only what has to be there."""
        schema = _resolved(self.document, schema)
        for key in ("example", "default", "const"):
            if key in schema:
                return schema[key]
        if "examples" in schema or "enum" in schema:
            return [*schema.get("examples", []), *schema.get("enum", [])][0]
        for key in ("oneOf", "anyOf", "allOf"):
            if "type" not in schema and key in schema:
                return self.value(schema[key][0])
        return self._of_type(schema)

    def _of_type(self, schema: Schema) -> Any:
        kind = schema.get("type", "string")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            needed = schema.get("required") or (schema.get("oneOf") or [{}])[0].get("required", [])
            return {name: self.value(told) for name, told in schema.get("properties", {}).items() if name in needed}
        if kind == "array":
            return [self.value(schema.get("items", {}))]
        return {"integer": schema.get("minimum", 1), "number": 1, "boolean": True, "null": None}.get(kind, "…")
