"""How an operation of the API is called from a shell."""

import json
import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]


class Curl:
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
        """An example value for a schema: its own example, else one with only the required parts."""
        schema = resolved(self.document, schema)
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


def resolved(document: Schema, told: Schema) -> Schema:
    """The part of the document that a ``$ref`` leads to; anything else unchanged."""
    if "$ref" not in told:
        return told
    _, *parts = told["$ref"].split("/")
    for part in parts:
        document = document[part]
    return document
