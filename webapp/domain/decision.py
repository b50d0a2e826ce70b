"""decide(): one pure function that says what happens to a Delivery now, and why."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from webapp.domain.reason import Reason

ON, OFF = "on", "off"  # what a person can say of a channel and medium


class Action(StrEnum):
    """What happens to a Delivery."""

    SEND = "send"
    WAIT = "wait"
    FILTER = "filter"
    HOLD = "hold"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision rests on, as one value. ``address`` is the envelope's where there is one already.

    ``provider`` is the one that would send it; ``stands_in_for`` names the primary that is away, where it is a fallback
    of that. It is sent nothing up to ``paused_until``: it is paused, or its far side has asked to be left alone.
    ``preference`` is what the person said of this channel by this medium, ``on`` or ``off``; None where they said
    nothing. ``required``: the channel asks for nobody's preference. ``unverified``: the account has an address that its
    owner has not verified, which is none yet. A fact that a decision did not know of when it was kept has its default.
    """

    now: datetime
    medium: str
    channel: str
    visible_at: datetime
    expires_at: datetime
    recipient_active: bool
    address: str | None
    provider: str | None
    provider_version: int | None
    paused_reason: Reason | None = None
    paused_until: datetime | None = None
    stands_in_for: str | None = None
    preference: str | None = None
    required: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """``at`` is when to look again (for wait); ``evidence`` names what decided it."""

    action: Action
    reason: Reason | None = None
    at: datetime | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)


def as_record(facts: Facts, decision: Decision) -> dict[str, Any]:
    """What is kept with a delivery of the last decision on it: enough to explain it, and to decide again. Plain values;
    times in ISO 8601."""
    return {
        "action": decision.action.value,
        "reason": decision.reason.value if decision.reason else None,
        "at": _plain(decision.at),
        "evidence": {name: _plain(value) for name, value in decision.evidence.items()},
        "facts": {name: _plain(value) for name, value in asdict(facts).items()},
    }


def facts_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """The facts in a record, with those that it is too old to have: they are as if nobody had said anything."""
    defaults = {fact.name: fact.default for fact in fields(Facts) if fact.default is not MISSING}
    return {**defaults, **record["facts"]}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def decide(facts: Facts) -> Decision:
    """The first rule that has something to say decides; where none has, it is sent."""
    for rule in RULES:
        if decision := rule(facts):
            return decision
    instead = {"stands in for": facts.stands_in_for} if facts.stands_in_for else {}
    return Decision(Action.SEND, evidence={"provider": facts.provider, "version": facts.provider_version, **instead})


def _expired(facts: Facts) -> Decision | None:
    if facts.now >= facts.expires_at:
        return Decision(Action.CANCEL, Reason.EXPIRED, evidence={"expired": facts.expires_at.isoformat()})
    return None


def _not_yet(facts: Facts) -> Decision | None:
    if facts.now < facts.visible_at:
        return Decision(Action.WAIT, Reason.NOT_YET, facts.visible_at, {"visible": facts.visible_at.isoformat()})
    return None


def _recipient_inactive(facts: Facts) -> Decision | None:
    return None if facts.recipient_active else Decision(Action.FILTER, Reason.RECIPIENT_INACTIVE)


def _turned_off(facts: Facts) -> Decision | None:
    if facts.preference != OFF or facts.required:
        return None
    evidence = {"preference": OFF, "channel": facts.channel, "medium": facts.medium}
    return Decision(Action.FILTER, Reason.PREF_OFF, evidence=evidence)


def _no_address(facts: Facts) -> Decision | None:
    if facts.address:
        return None
    reason = Reason.ADDRESS_UNVERIFIED if facts.unverified else Reason.NO_ADDRESS
    return Decision(Action.FILTER, reason, evidence={"medium": facts.medium})


def _no_provider(facts: Facts) -> Decision | None:
    return None if facts.provider else Decision(Action.HOLD, Reason.NO_PROVIDER, evidence={"medium": facts.medium})


def _provider_away(facts: Facts) -> Decision | None:
    """Once the rest of a paused one is over, one is let through as a probe; which one is the engine's to say."""
    if facts.paused_until is None or facts.now >= facts.paused_until:
        return None
    evidence: dict[str, object] = {"provider": facts.provider, "until": facts.paused_until.isoformat()}
    if facts.paused_reason is None:
        return Decision(Action.HOLD, Reason.RATE_LIMITED, evidence=evidence)
    return Decision(Action.HOLD, Reason.PROVIDER_PAUSED, evidence=evidence | {"fault": facts.paused_reason})


# In the order in which they are asked: what ends it for good first, what only delays it last.
RULES: tuple[Callable[[Facts], Decision | None], ...] = (
    _expired,
    _not_yet,
    _recipient_inactive,
    _turned_off,
    _no_address,
    _no_provider,
    _provider_away,
)
