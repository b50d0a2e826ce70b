"""RetryPolicy: when a failed Delivery is tried again; the presets are rows that a migration writes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """For one message type: replaces the delay after failure ``attempt`` (None: any), and the number of retries."""

    attempt: int | None = None
    retries: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """``kind`` names a plugin of ``webapp.retries``; numbers are in seconds. ``rules``: message type → name → Rule.
    ``version`` counts its changes."""

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
        """The rules of a message type in the order of their names; a policy may have none."""
        return [rule for _, rule in sorted(self.rules.get(message_type, {}).items())]

    def attempts_for(self, message_type: str) -> int:
        """How many tries a message of this type gets, the first one included."""
        retries = [rule.retries for rule in self.rules_for(message_type) if rule.retries is not None]
        return retries[0] + 1 if retries else self.max_attempts

    def numbers(self) -> dict[str, Any]:
        """All but name, kind, attempts and rules, as stored in the database."""
        return {key: getattr(self, key) for key in ("initial_s", "base", "max_delay_s")} | {"steps": list(self.steps)}

    def stored_rules(self) -> dict[str, Any]:
        """The rules as plain values, as stored in the database."""
        return {kind: {name: asdict(rule) for name, rule in named.items()} for kind, named in self.rules.items()}

    @classmethod
    def restored(cls, *, numbers: Mapping[str, Any], rules: Mapping[str, Any], **rest: Any) -> Self:
        """The policy from what ``numbers`` and ``stored_rules`` gave."""
        told = {kind: {name: Rule(**rule) for name, rule in named.items()} for kind, named in rules.items()}
        return cls(**{**numbers, "steps": tuple(numbers["steps"])}, rules=told, **rest)


# For people, what Optimizely's user notifications document: 3 retries, after 1, 5 and 60 minutes.
DEFAULT_FOR_PEOPLE, DEFAULT_FOR_WEBHOOKS = "optimizely", "open-notificaties"
DEFAULT_TTL_S = 30 * 86400.0  # nothing waits for ever
