"""The facts of a decision in words, as a table for operators."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from webapp.domain.digest import Digest
from webapp.domain.medium import Medium
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.reason import Reason
from webapp.services.queue.explaining import Replayed
from webapp.views._moments import duration
from webapp.views._telling import when

Kept = Mapping[str, Any]  # the facts by their names, as plain values

# The facts that each rule looks at. A reason that is not listed here was not decided by a fact, but by a try.
DECISIVE: Mapping[Reason, frozenset[str]] = {
    Reason.EXPIRED: frozenset({"expires_at"}),
    Reason.NOT_YET: frozenset({"visible_at"}),
    Reason.RECIPIENT_INACTIVE: frozenset({"recipient_active"}),
    Reason.PREF_OFF: frozenset({"preference"}),
    Reason.MUTED: frozenset({"muted"}),
    Reason.NO_ADDRESS: frozenset({"address"}),
    Reason.RESOLVER_FAILED: frozenset({"unresolved"}),
    Reason.ADDRESS_UNVERIFIED: frozenset({"unverified"}),
    Reason.ALREADY_READ: frozenset({"read_at"}),
    Reason.IF_UNREAD: frozenset({"unread_after_s"}),
    Reason.DIGESTED: frozenset({"digest"}),
    Reason.QUIET_HOURS: frozenset({"quiet_hours"}),
    Reason.AMBIGUOUS_FORMATTER: frozenset({"formatters"}),
    Reason.NO_PROVIDER: frozenset({"provider"}),
    Reason.PROVIDER_PAUSED: frozenset({"paused_reason"}),
    Reason.RATE_LIMITED: frozenset({"paused_until"}),
    Reason.SUBSCRIBER_OFF: frozenset({"switched_off"}),
    Reason.CANCELLED_BY_PERSON: frozenset({"switched_off"}),
}
# Facts about people or what is sent to them only; and facts about subscribers only.
_OF_PEOPLE = frozenset(
    {"recipient_active", "resolver", "unresolved", "unverified", "preference", "muted", "read_at", "unread_after_s"}
    | {"digest", "first_try", "quiet_hours", "tz", "required", "formatters", "provider", "stands_in_for"}
    | {"paused_reason", "paused_until"}
)
_OF_SUBSCRIBERS = frozenset({"subscriber", "switched_off"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the table; ``decided``: the decision rested on it."""

    name: str
    label: str
    value: str
    decided: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """What would be decided now, with the facts by name. ``differs``: something has changed since."""

    action: str
    reason: Reason | None
    facts: Mapping[str, Fact]
    differs: bool


def decided_again(replayed: Replayed) -> Again:
    """The decision taken again, next to the stored one."""
    now = replayed.now
    reason = Reason(now["reason"]) if now["reason"] else None
    facts = {fact.name: fact for fact in fact_table(now["facts"], reason)}
    return Again(now["action"], reason, facts, bool(replayed.differences))


def fact_table(kept: Kept, reason: Reason | None) -> list[Fact]:
    """Every known fact in words, those about the person first; subscribers have a list of their own."""
    others = _OF_PEOPLE if kept.get("subscriber") else _OF_SUBSCRIBERS
    decisive = DECISIVE.get(reason, frozenset()) if reason else frozenset[str]()
    told = _tellers()
    lines = [(name, label, tell(kept)) for name, (label, tell) in told.items() if name in kept.keys() - others]
    return [Fact(name, label, value, name in decisive) for name, label, value in lines]


def _tellers() -> Mapping[str, tuple[str, Callable[[Kept], str]]]:
    """For each fact a label and the function that words it. Facts that belong to another one are told with that one."""
    return {
        "recipient_active": (_("Account active"), _yes("recipient_active")),
        "address": (_("Address"), _plain("address")),
        "resolver": (_("Address looked up by"), _plain("resolver")),
        "unresolved": (_("Error of that look-up"), _plain("unresolved")),
        "unverified": (_("Address waits to be verified"), _yes("unverified")),
        "preference": (_("Their preference"), _preference),
        "muted": (_("Muted"), _muted),
        "read_at": (_("Read in the inbox"), _moment("read_at", _("not yet"))),
        "unread_after_s": (_("Only if unread"), _unread_after),
        "digest": (_("Digest"), _digest),
        "first_try": (_("Channel's batch"), _moment("first_try")),
        "quiet_hours": (_("Quiet hours"), _quiet_hours),
        "tz": (_("Their time zone"), _plain("tz")),
        "medium": (_("Medium"), lambda kept: _(Medium(kept["medium"]).label)),
        "required": (_("Channel is required"), _yes("required")),
        "visible_at": (_("Visible from"), _moment("visible_at")),
        "expires_at": (_("Expires"), _moment("expires_at")),
        "generation": (_("Round"), _plain("generation")),
        "formatters": (_("Formatters that fit"), lambda kept: ", ".join(kept["formatters"]) or _("none")),
        "provider": (_("Active provider"), _with_version("provider", "provider_version")),
        "stands_in_for": (_("Stands in for"), _plain("stands_in_for")),
        "paused_reason": (_("Provider paused for"), _fault),
        "paused_until": (_("Provider rests until"), _moment("paused_until")),
        "subscriber": (_("Subscriber"), _with_version("subscriber", "subscriber_version")),
        "switched_off": (_("Switched off"), _switched_off),
        "policy": (_("Retry policy"), _with_version("policy", "policy_version")),
    }


def _yes(name: str) -> Callable[[Kept], str]:
    return lambda kept: _("yes") if kept[name] else _("no")


def _plain(name: str) -> Callable[[Kept], str]:
    return lambda kept: _("none") if kept[name] is None else str(kept[name])


def _moment(name: str, otherwise: str = "") -> Callable[[Kept], str]:
    return lambda kept: when(datetime.fromisoformat(kept[name])) if kept[name] else otherwise or _("none")


def _with_version(name: str, version: str) -> Callable[[Kept], str]:
    def tell(kept: Kept) -> str:
        if not kept[name]:
            return _("none")
        number = kept.get(version)
        return _("%(name)s, version %(version)s", name=kept[name], version=number) if number else str(kept[name])

    return tell


def _preference(kept: Kept) -> str:
    return {"on": _("turned on"), "off": _("turned off")}.get(kept["preference"], _("nothing said"))


def _muted(kept: Kept) -> str:
    what = {"sender": _("the sender"), "channel": _("the channel")}.get(kept["muted"])
    if what is None:
        return _("no")
    until = kept.get("muted_until")
    return _("%(what)s, until %(at)s", what=what, at=when(datetime.fromisoformat(until))) if until else what


def _unread_after(kept: Kept) -> str:
    seconds = kept["unread_after_s"]
    return _("after %(time)s", time=duration(seconds)) if seconds else _("no")


def _digest(kept: Kept) -> str:
    if not kept["digest"]:
        return _("no, each at once")
    digest = Digest.read(kept["digest"])
    return _("daily at %(time)s", time=f"{digest.daily:%H:%M}") if digest.daily else _("hourly")


def _quiet_hours(kept: Kept) -> str:
    """In the person's time zone, which is shown with them."""
    days = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    hours: Sequence[QuietHours] = [QuietHours.read(one) for one in kept["quiet_hours"] or ()]
    told = [f"{days[one.weekday]} {one.starts:%H:%M}–{one.ends:%H:%M}" for one in hours]
    return ", ".join(told) or _("none")


def _switched_off(kept: Kept) -> str:
    why = {
        "person": _("by a person"),
        "gone": _("its endpoint said that it is gone"),
        "failing": _("nothing but failures for days"),
        "removed": _("it was removed"),
    }.get(kept["switched_off"])
    if why is None:
        return _("no")
    return _("%(why)s, at %(at)s", why=why, at=when(datetime.fromisoformat(kept["switched_off_at"])))


def _fault(kept: Kept) -> str:
    return _(Reason(kept["paused_reason"]).words.label) if kept["paused_reason"] else _("not paused")
