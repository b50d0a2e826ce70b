"""RetryPolicy: when a failed delivery is retried. The presets are rows that a migration writes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

LONGEST_NAME, MOST_ATTEMPTS, MOST_STEPS, MOST_RULES, LARGEST_BASE = 50, 1000, 100, 100, 1000
LONGEST_S = 10.0 * 365 * 86400  # so that no due time lies beyond the calendar
RESERVED = ("new", "preview")  # pages whose names stand where a URL has a policy's name
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,49}")  # as a message has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """For one message type: the delay after failure ``attempt`` (None: any), and the number of retries, each in place
    of the policy's own."""

    attempt: int | None = None
    retries: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """``kind`` names a plugin of ``webapp.retries``; times are in seconds. ``rules``: message type → name → Rule.
    ``version`` counts the policy's changes."""

    name: str
    kind: str
    steps: tuple[float, ...] = ()
    initial_s: float = 60
    base: float = 2
    max_delay_s: float | None = None
    max_attempts: int = 4
    ttl_s: float | None = None
    rules: Mapping[str, Mapping[str, Rule]] = field(default_factory=dict)
    version: int = 1

    def rules_for(self, message_type: str) -> list[Rule]:
        """The rules for a message type: those for one failure before those for any, otherwise by name."""
        if message_type not in self.rules:  # as for most types; and the engine asks for every delivery
            return []
        named = sorted(self.rules[message_type].items(), key=lambda pair: (pair[1].attempt is None, pair[0]))
        return [rule for _, rule in named]

    def attempts_for(self, message_type: str) -> int:
        """How many tries a message of this type gets, the first one included."""
        retries = [rule.retries for rule in self.rules_for(message_type) if rule.retries is not None]
        return retries[0] + 1 if retries else self.max_attempts

    def problems(self) -> dict[str, str]:
        """A sentence for every field that is not valid, by its name. Whether the kind exists is not checked here."""
        found = {
            "name": problem_in_name(self.name),
            "kind": None if self.kind else "Please choose one.",
            "steps": self._problem_in_steps(),
            "initial_s": None if _is_wait(self.initial_s) else _NO_WAIT,
            "base": None if _is_number(self.base, 0, LARGEST_BASE) else f"A number from 0 to {LARGEST_BASE}, please.",
            "max_delay_s": None if self.max_delay_s is None or _is_span(self.max_delay_s) else _NO_SPAN,
            "max_attempts": None if _is_count(self.max_attempts, 1, MOST_ATTEMPTS) else _NO_ATTEMPTS,
            "ttl_s": None if self.ttl_s is None or _is_span(self.ttl_s) else _NO_SPAN,
            "rules": " ".join(_problems_in_rules(self.rules)) or None,
        }
        return {field: sentence for field, sentence in found.items() if sentence}

    def _problem_in_steps(self) -> str | None:
        if self.kind == "steps" and not self.steps:
            return "Write at least one delay."
        if len(self.steps) > MOST_STEPS:
            return f"At most {MOST_STEPS} delays, please: these are {len(self.steps)}."
        return None if all(_is_wait(step) for step in self.steps) else _NO_WAIT

    def numbers(self) -> dict[str, Any]:
        """The numbers of the kind and the cap, as stored in the database."""
        return {key: getattr(self, key) for key in ("initial_s", "base", "max_delay_s")} | {"steps": list(self.steps)}

    def stored_rules(self) -> dict[str, Any]:
        """The rules as plain values, as stored in the database."""
        return {kind: {name: asdict(rule) for name, rule in named.items()} for kind, named in self.rules.items()}

    @classmethod
    def restored(cls, *, numbers: Mapping[str, Any], rules: Mapping[str, Any], **rest: Any) -> Self:
        """The policy made from what ``numbers`` and ``stored_rules`` returned."""
        told = {kind: {name: Rule(**rule) for name, rule in named.items()} for kind, named in rules.items()}
        return cls(**{**numbers, "steps": tuple(numbers["steps"])}, rules=told, **rest)


# For people, what Optimizely's user notifications document: 3 retries, after 1, 5 and 60 minutes.
DEFAULT_FOR_PEOPLE, DEFAULT_FOR_WEBHOOKS = "optimizely", "open-notificaties"
DEFAULT_TTL_S = 30 * 86400.0  # nothing waits for ever

_NO_WAIT = "Each delay is from 0 s to 3650 d."
_NO_SPAN = "More than 0 s and at most 3650 d, please; or leave it empty."
_NO_ATTEMPTS = f"A whole number from 1 to {MOST_ATTEMPTS}, please."


def problem_in_name(name: str) -> str | None:
    """What is wrong with the name of a new policy, as a sentence, or None."""
    if len(name) > LONGEST_NAME:
        return f"At most {LONGEST_NAME} characters, please: this has {len(name)}."
    if not _NAME.fullmatch(name):
        return "Letters without accents, digits, “.”, “-” and “_”, please, and a letter or digit first."
    return f"“{name}” is the address of a page: please choose another one." if name in RESERVED else None


def _problems_in_rules(rules: Mapping[str, Mapping[str, Rule]]) -> Iterator[str]:
    if (count := sum(map(len, rules.values()))) > MOST_RULES:
        yield f"At most {MOST_RULES} rules, please: these are {count}."
    for message_type, named in rules.items():
        if not _TYPE.fullmatch(message_type):
            yield f"“{message_type[:50]}” is no type of message: small letters, digits and “_”, please."
        for name, rule in named.items():
            if problem := _problem_in_rule(name, rule):
                yield f"{message_type[:50]}, rule “{name[:50]}”: {problem}"
        yield from (f"{message_type[:50]}: {problem}" for problem in _contradictions(list(named.values())))


def _problem_in_rule(name: str, rule: Rule) -> str | None:
    if not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
        return f"its name has 1 to {LONGEST_NAME} characters of one line."
    if rule.attempt is not None and not _is_count(rule.attempt, 1, MOST_ATTEMPTS):
        return f"the failure it is for is a whole number from 1 to {MOST_ATTEMPTS}, or any."
    if rule.retries is not None and not _is_count(rule.retries, 0, MOST_ATTEMPTS - 1):
        return f"the number of retries is a whole number from 0 to {MOST_ATTEMPTS - 1}."
    if rule.retry_after_s is not None and not _is_wait(rule.retry_after_s):
        return "its delay is from 0 s to 3650 d."
    says_nothing = rule.retries is None and rule.retry_after_s is None
    return "it says neither a delay nor a number of retries." if says_nothing else None


def _contradictions(rules: list[Rule]) -> Iterator[str]:
    """Two rules of one type must not give the same thing: nobody could tell which of them counts."""
    if len({rule.retries for rule in rules} - {None}) > 1:
        yield "its rules give different numbers of retries."
    told = [rule.attempt for rule in rules if rule.retry_after_s is not None]
    for attempt in dict.fromkeys(attempt for attempt in told if told.count(attempt) > 1):
        yield f"two rules give the delay after {'any failure' if attempt is None else f'failure {attempt}'}."


def _is_number(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and least <= value <= most


def _is_wait(value: object) -> bool:
    return _is_number(value, 0, LONGEST_S)


def _is_span(value: object) -> bool:
    return _is_wait(value) and value != 0


def _is_count(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
