"""Field: one thing that an administrator fills in for a plugin. A plugin declares its Fields; forms and commands are
made from them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from webapp.domain.refusal import refuse_if

Value = str | int | float | bool
FieldKind = Literal["text", "lines", "email", "number", "choice", "switch", "secret"]

FORMER = "_former"  # suffix to the name of a secret that Belfry makes: the one before it, while both are valid

_TRUE, _FALSE = {"1", "true", "yes", "on", "y"}, {"0", "false", "no", "off", "n", ""}


@dataclass(frozen=True, slots=True)
class Field:
    """``kind`` decides the control and the parsing; ``choices`` are (value, label) pairs for a choice.

    A ``secret`` is stored encrypted, never shown again, and kept where the form leaves it blank; but if a ``target`` (a
    field that says where secrets are sent) has changed, it has to be entered again. A secret with ``make`` is not typed
    in: Belfry makes it, shows it once, and makes another on demand; until the former one is dropped, the plugin gets
    that, too, under its name plus FORMER.
    """

    name: str
    label: str
    kind: FieldKind = "text"
    default: Value = ""
    help: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    least: float | None = None
    most: float | None = None
    only_if: tuple[str, tuple[str, ...]] | None = None  # another field's name, and its values that make this one count
    target: bool = False
    make: Callable[[], str] | None = None

    @property
    def secret(self) -> bool:
        """Whether its value is encrypted at rest and write-only."""
        return self.kind == "secret"

    def parse(self, raw: str) -> Value:
        """The value that ``raw`` spells. Raises ValueError with a sentence for the person who typed it."""
        text = raw if self.secret else raw.strip()
        if not text:
            if self.required:
                raise ValueError("Please fill this in.")
            return False if self.kind == "switch" else text if self.kind != "number" else self.default
        return {"number": self._number, "switch": self._switch, "choice": self._choice}.get(self.kind, str)(text)

    def _number(self, text: str) -> Value:
        try:
            number = float(text)
        except ValueError:
            raise ValueError(f"A number, please, not “{text[:40]}”.") from None
        least, most = self.least, self.most
        if not (isfinite(number) and (least is None or number >= least) and (most is None or number <= most)):
            bounds = [f" {word} {bound:.10g}" for word, bound in (("from", least), ("to", most)) if bound is not None]
            raise ValueError(f"A number{''.join(bounds)}, please.")
        return int(number) if number.is_integer() else number

    def _switch(self, text: str) -> Value:
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise ValueError("Please say yes or no.")

    def _choice(self, text: str) -> Value:
        allowed = [value for value, _ in self.choices]
        if text in allowed:
            return text
        raise ValueError(f"One of {', '.join(allowed)}, please, not “{text[:40]}”.")


def parse_fields(fields: Iterable[Field], raw: Mapping[str, str]) -> dict[str, Value]:
    """All values of a plugin from what was typed; missing ones have their defaults. Raises Refused naming every bad
    field."""
    values, problems = read_fields(fields, raw)
    refuse_if(problems)
    return values


def read_fields(fields: Iterable[Field], raw: Mapping[str, str]) -> tuple[dict[str, Value], dict[str, str]]:
    """The values of the valid fields, missing ones with their defaults, and the problem of each other field, as a
    sentence."""
    fields = tuple(fields)
    known = {field.name for field in fields}
    problems = {name: f"Unknown setting. Known are: {', '.join(sorted(known))}." for name in raw if name not in known}
    values: dict[str, Value] = {}
    for field in fields:
        try:
            values[field.name] = field.parse(raw[field.name]) if field.name in raw else _default(field)
        except ValueError as error:
            problems[field.name] = str(error)
    unused = idle(fields, values)
    return values, {name: text for name, text in problems.items() if name not in unused}


def _default(field: Field) -> Value:
    return field.parse(str(field.default)) if field.required else field.default


def idle(fields: Iterable[Field], values: Mapping[str, Value]) -> set[str]:
    """Names of the fields that another field's value makes irrelevant, so that they may stay empty."""
    return {field.name for field in fields if field.only_if and values.get(field.only_if[0]) not in field.only_if[1]}
