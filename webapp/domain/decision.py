"""decide(): one pure function that says what happens to a Delivery now, and why."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from webapp.domain.digest import Digest
from webapp.domain.endpoint import Off
from webapp.domain.quiet_hours import QuietHours, quiet_until
from webapp.domain.reason import Reason

ON, OFF = "on", "off"  # a person's preference for a channel and medium


class Action(StrEnum):
    """What happens to a Delivery."""

    SEND = "send"
    WAIT = "wait"
    FILTER = "filter"
    HOLD = "hold"
    CANCEL = "cancel"


class Facts(NamedTuple):
    """All that a decision rests on, as one value. ``address`` is the stored envelope's where there is one.

    ``provider`` is the one that would send it; where that is a fallback, ``stands_in_for`` names the primary. It
    sends nothing before ``paused_until``: it is paused (``paused_reason``), or its far side has asked to be left alone.
    ``preference`` is what the person set for this channel and medium, ``on`` or ``off``; None where they set nothing.
    ``required``: the channel ignores preferences. ``unverified``: the account has an address that its owner has not
    verified, so it does not count as one. ``resolver`` was asked for the address, and ``unresolved`` is the error that
    it raised. ``muted``: the person muted the ``sender`` or the ``channel``, up to ``muted_until`` (None: for good).
    ``unread_after_s``: they want a copy only of what they have not read for so long. ``quiet_hours`` and ``digest`` are
    the person's, too, in the time zone ``tz``. ``generation`` counts from 1; with more, a person has sent it again.
    ``first_try`` is when a channel that batches tries it first; None where it does not, or it has been sent again.
    ``formatters`` are those that could lay it out; more than one where none is named.

    For a delivery to a subscriber, ``subscriber`` is its name, and there are no provider and no person.
    ``switched_off`` is why it gets nothing since ``switched_off_at``: ``person``, ``gone``, ``failing`` or ``removed``.

    A stored record leaves out facts with their defaults, and older ones lack newer facts: so no default ever changes.
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
    resolver: str | None = None
    unresolved: str | None = None
    muted: str | None = None
    muted_until: datetime | None = None
    read_at: datetime | None = None
    unread_after_s: int | None = None
    digest: Digest | None = None
    first_try: datetime | None = None
    quiet_hours: tuple[QuietHours, ...] = ()
    tz: str = "UTC"
    generation: int = 1
    formatters: tuple[str, ...] = ()
    policy: str | None = None
    policy_version: int | None = None
    subscriber: str | None = None
    subscriber_version: int | None = None
    switched_off: str | None = None
    switched_off_at: datetime | None = None


_DEFAULTS = Facts._field_defaults
_unless = tuple(_DEFAULTS.get(name, MISSING) for name in Facts._fields)
_ADDRESS = Facts._fields.index("address")
_PLAIN = frozenset({str, int, bool, float, type(None)})


@dataclass(frozen=True, slots=True)
class Decision:
    """``at`` is when to look again (for WAIT); ``evidence`` names what decided it."""

    action: Action
    reason: Reason | None = None
    at: datetime | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)


def as_record(facts: Facts, decision: Decision) -> dict[str, Any]:
    """What is stored with a delivery about the last decision on it: enough to explain it, and to decide again. Plain
    values; times in ISO 8601. Facts that equal their defaults, as most do, are left out."""
    known = zip(Facts._fields, facts, _unless, strict=True)
    return {
        "action": decision.action.value,
        "reason": decision.reason.value if decision.reason else None,
        "at": _plain(decision.at),
        "evidence": {name: _plain(value) for name, value in decision.evidence.items()},
        "facts": {name: _plain(value) for name, value, default in known if value != default},
    }


def facts_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """All facts of a record, in their order; those that it leaves out have their defaults."""
    said = {**_DEFAULTS, **record["facts"]}
    return {name: _plain(said[name]) for name in Facts._fields if name in said}


def _plain(value: object) -> object:
    if value.__class__ in _PLAIN:  # most are: this is asked a million times a minute
        return value
    match value:
        case datetime():
            return value.isoformat()
        case tuple():
            return [_plain(one) for one in value]
        case Digest() | QuietHours():
            return str(value)
        case _:
            return value


def decide(facts: Facts) -> Decision:
    """The first rule that gives a decision decides; if none does, it is sent. A wait that would last until it expires
    is turned into a cancellation at once."""
    for rule in RULES:
        if decision := rule(facts):
            return _in_vain(facts, decision) or decision
    return Decision(Action.SEND, evidence=_rested_on(facts))


def decide_all(lot: Iterable[Facts]) -> Iterator[tuple[Decision, dict[str, Any]]]:
    """The decision on each, with its record. Facts that differ only in their addresses, as for most posts to many
    people, are decided on once: no rule asks more of an address than whether there is one."""
    known: dict[tuple[object, ...], tuple[Decision, dict[str, Any]]] = {}
    for facts in lot:
        alike = (bool(facts.address), *facts[:_ADDRESS], *facts[_ADDRESS + 1 :])
        if alike not in known:
            decision = decide(facts)
            known[alike] = decision, as_record(facts, decision)
        decision, record = known[alike]
        yield decision, {**record, "facts": {**record["facts"], "address": facts.address}}


def _rested_on(facts: Facts) -> dict[str, object]:
    """What a decision to send rests on: the subscriber, or the provider and the preference; and the policy. Each with
    its version."""
    by = {"policy": facts.policy, "policy version": facts.policy_version} if facts.policy else {}
    if facts.subscriber:
        return {"subscriber": facts.subscriber, "version": facts.subscriber_version, **by}
    said = "not asked: the channel is required" if facts.required else facts.preference or "nothing said"
    evidence: dict[str, object] = {"provider": facts.provider, "version": facts.provider_version}
    evidence |= {"stands in for": facts.stands_in_for} if facts.stands_in_for else {}
    return evidence | by | {"preference": said}


def _in_vain(facts: Facts, decision: Decision) -> Decision | None:
    if decision.at is None or decision.at < facts.expires_at:
        return None
    evidence = {"expires": facts.expires_at.isoformat(), "would wait for": decision.reason, **decision.evidence}
    return Decision(Action.CANCEL, Reason.EXPIRED, evidence=evidence)


def _expired(facts: Facts) -> Decision | None:
    if facts.now >= facts.expires_at:
        return Decision(Action.CANCEL, Reason.EXPIRED, evidence={"expired": facts.expires_at.isoformat()})
    return None


def _not_yet(facts: Facts) -> Decision | None:
    if facts.now < facts.visible_at:
        return Decision(Action.WAIT, Reason.NOT_YET, facts.visible_at, {"visible": facts.visible_at.isoformat()})
    return None


def _subscriber_off(facts: Facts) -> Decision | None:
    """Deliveries to a subscriber that was removed are cancelled: there is nothing to wait for."""
    if facts.switched_off is None:
        return None
    evidence = {"off": facts.switched_off, "off since": facts.switched_off_at}
    if facts.switched_off == Off.REMOVED:
        return Decision(Action.CANCEL, Reason.CANCELLED_BY_PERSON, evidence=evidence)
    return Decision(Action.HOLD, Reason.SUBSCRIBER_OFF, evidence=evidence)


def _recipient_inactive(facts: Facts) -> Decision | None:
    if facts.recipient_active:
        return None
    return Decision(Action.FILTER, Reason.RECIPIENT_INACTIVE, evidence={"account": "deactivated"})


def _turned_off(facts: Facts) -> Decision | None:
    if facts.preference != OFF or facts.required:
        return None
    evidence = {"preference": OFF, "channel": facts.channel, "medium": facts.medium}
    return Decision(Action.FILTER, Reason.PREF_OFF, evidence=evidence)


def _muted(facts: Facts) -> Decision | None:
    if facts.muted is None or facts.required or (facts.muted_until and facts.now >= facts.muted_until):
        return None
    until = {"until": facts.muted_until.isoformat()} if facts.muted_until else {}
    return Decision(Action.FILTER, Reason.MUTED, evidence={"muted": facts.muted, "channel": facts.channel, **until})


def _no_address(facts: Facts) -> Decision | None:
    """A resolver that raised is asked again: its error says nothing about the person."""
    if facts.address:
        return None
    asked = {"medium": facts.medium, **({"resolver": facts.resolver} if facts.resolver else {})}
    if facts.unresolved:
        return Decision(Action.HOLD, Reason.RESOLVER_FAILED, evidence={**asked, "error": facts.unresolved})
    reason = Reason.ADDRESS_UNVERIFIED if facts.unverified else Reason.NO_ADDRESS
    return Decision(Action.FILTER, reason, evidence=asked)


def _already_read(facts: Facts) -> Decision | None:
    """What a person has sent again is sent even if it has been read."""
    if facts.read_at is None or facts.required or facts.generation > 1:
        return None
    return Decision(Action.FILTER, Reason.ALREADY_READ, evidence={"read": facts.read_at.isoformat()})


def _if_unread(facts: Facts) -> Decision | None:
    if facts.now >= _wanted_from(facts):
        return None
    evidence = {"unread for": facts.unread_after_s, "until": _wanted_from(facts).isoformat()}
    return Decision(Action.WAIT, Reason.IF_UNREAD, _wanted_from(facts), evidence)


def _digested(facts: Facts) -> Decision | None:
    """A digest before the channel's first try would not have it yet: so it is for the one after."""
    if facts.digest is None or facts.required:
        return None
    at = facts.digest.next(facts.tz, max(_wanted_from(facts), facts.first_try or facts.visible_at))
    if facts.now >= at:
        return None
    return Decision(Action.WAIT, Reason.DIGESTED, at, {"digest": str(facts.digest), "zone": facts.tz})


def _quiet_hours(facts: Facts) -> Decision | None:
    until = None if facts.required or not facts.quiet_hours else quiet_until(facts.quiet_hours, facts.tz, facts.now)
    if until is None:
        return None
    return Decision(Action.WAIT, Reason.QUIET_HOURS, until, {"until": until.isoformat(), "zone": facts.tz})


def _wanted_from(facts: Facts) -> datetime:
    """From when on the person wants a copy of what they have not read by then. For what a person has sent again,
    reading does not count."""
    waits_s = 0 if facts.required or facts.generation > 1 else facts.unread_after_s or 0
    return facts.visible_at + timedelta(seconds=waits_s)


def _ambiguous_formatter(facts: Facts) -> Decision | None:
    if len(facts.formatters) < 2:
        return None
    return Decision(Action.HOLD, Reason.AMBIGUOUS_FORMATTER, evidence={"formatters": ", ".join(facts.formatters)})


def _no_provider(facts: Facts) -> Decision | None:
    there_is = facts.provider or facts.subscriber
    return None if there_is else Decision(Action.HOLD, Reason.NO_PROVIDER, evidence={"medium": facts.medium})


def _provider_away(facts: Facts) -> Decision | None:
    """Once the time of a pause is over, the delivery may be sent as a probe; which one is, the engine decides."""
    if facts.paused_until is None or facts.now >= facts.paused_until:
        return None
    evidence: dict[str, object] = {"provider": facts.provider, "until": facts.paused_until.isoformat()}
    if facts.paused_reason is None:
        return Decision(Action.HOLD, Reason.RATE_LIMITED, evidence=evidence)
    return Decision(Action.HOLD, Reason.PROVIDER_PAUSED, evidence=evidence | {"fault": facts.paused_reason})


# In the order in which they are asked: first what ends a delivery for good, last what only delays it.
RULES: tuple[Callable[[Facts], Decision | None], ...] = (
    _expired,
    _not_yet,
    _subscriber_off,
    _recipient_inactive,
    _turned_off,
    _muted,
    _no_address,
    _already_read,
    _if_unread,
    _digested,
    _quiet_hours,
    _ambiguous_formatter,
    _no_provider,
    _provider_away,
)
