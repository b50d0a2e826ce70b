"""A retry policy as a person types it: every number a text such as ``5 min``, and the rules as lines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.domain.duration import parse_duration, parse_durations, spelled, spelled_list
from webapp.domain.refusal import refuse_if
from webapp.domain.retry_policy import RetryPolicy, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRule:
    """One line: the type of message, the rule's name, and what it sets. A line in which nothing was typed is no
    rule."""

    type: str = ""
    name: str = ""
    attempt: str = ""
    retry_after_s: str = ""
    retries: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing was typed into it."""
        return not (self.type or self.name or self.attempt or self.retry_after_s or self.retries)

    @property
    def named(self) -> str:
        """Its name; by default, the failure that it is for."""
        return self.name or self.attempt or "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedPolicy:
    """``numbers`` are the texts of steps, initial_s, base, max_delay_s, max_attempts and ttl_s; an empty one means the
    default."""

    name: str
    kind: str
    numbers: Mapping[str, str] = field(default_factory=dict)
    rules: Sequence[TypedRule] = ()


def read(typed: TypedPolicy) -> RetryPolicy:
    """The policy. Raises Refused with a sentence for every field that cannot be read, or is not valid."""
    problems: dict[str, str | None] = {}
    values = {name: _value(name, typed.numbers.get(name, "").strip(), problems) for name in _READERS}
    given: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    policy = RetryPolicy(name=typed.name, kind=typed.kind, rules=_rules(typed.rules, problems), **given)
    refuse_if({**policy.problems(), **problems})
    return policy


def write(policy: RetryPolicy) -> TypedPolicy:
    """The policy as a form shows it for editing."""
    numbers = {
        "steps": spelled_list(policy.steps),
        "initial_s": spelled(policy.initial_s),
        "base": f"{policy.base:g}",
        "max_delay_s": _optional(policy.max_delay_s),
        "max_attempts": str(policy.max_attempts),
        "ttl_s": _optional(policy.ttl_s),
    }
    rules = [_line(type, name, rule) for type, named in policy.rules.items() for name, rule in named.items()]
    return TypedPolicy(name=policy.name, kind=policy.kind, numbers=numbers, rules=rules)


def _value(name: str, text: str, problems: dict[str, str | None]) -> Any:
    """The number; None where nothing was typed, or it cannot be read."""
    try:
        return _READERS[name](text) if text else None
    except ValueError as error:
        problems[name] = str(error)
        return None


def _initial(text: str) -> float:
    """``true`` means a second: Open Notificaties, whose numbers people may copy, has a factor that may be True."""
    return 1.0 if text.lower() == "true" else parse_duration(text)


def _number(text: str) -> float:
    try:
        return float(text.replace("×", ""))
    except ValueError:
        raise ValueError(f"A number, please, not “{text[:30]}”.") from None


def _whole(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    raise ValueError(f"A whole number, please, not “{text[:30]}”.")


_READERS: Mapping[str, Callable[[str], Any]] = {
    "steps": parse_durations,
    "initial_s": _initial,
    "base": _number,
    "max_delay_s": parse_duration,
    "max_attempts": _whole,
    "ttl_s": parse_duration,
}


def _rules(lines: Sequence[TypedRule], problems: dict[str, str | None]) -> dict[str, dict[str, Rule]]:
    """The rules by type and name; what is wrong with them goes into ``problems`` under ``rules``."""
    rules: dict[str, dict[str, Rule]] = {}
    wrong: list[str] = []
    for number, line in enumerate(lines, start=1):
        if line.blank:
            continue
        if line.named in rules.get(line.type, {}):
            wrong.append(f"Line {number}: {line.type} has a rule “{line.named[:30]}” already.")
        try:
            rules.setdefault(line.type, {})[line.named] = _rule(line)
        except ValueError as error:
            wrong.append(f"Line {number}: {error}")
    if wrong:
        problems["rules"] = " ".join(wrong)
    return rules


def _rule(line: TypedRule) -> Rule:
    if not line.type:
        raise ValueError("For which type of message is it?")
    return Rule(
        attempt=_whole(line.attempt) if line.attempt else None,
        retries=_whole(line.retries) if line.retries else None,
        retry_after_s=parse_duration(line.retry_after_s) if line.retry_after_s else None,
    )


def _line(type: str, name: str, rule: Rule) -> TypedRule:
    told = {
        "attempt": "" if rule.attempt is None else str(rule.attempt),
        "retries": "" if rule.retries is None else str(rule.retries),
        "retry_after_s": _optional(rule.retry_after_s),
    }
    return TypedRule(type=type, name=name, **told)


def _optional(seconds: float | None) -> str:
    return "" if seconds is None else spelled(seconds)
