"""Providers as they are shown: without secrets, with their health and what waits for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from webapp.domain.bounded import NOTHING, Bounded
from webapp.domain.breaker import ProviderStanding
from webapp.domain.field import Value
from webapp.domain.reason import Reason
from webapp.models.provider import Provider
from webapp.models.roles import FALLBACK, INACTIVE, PRIMARY
from webapp.providers import kinds
from webapp.services.providers._numbers import NONE, Hour, Numbers
from webapp.vault import Unreadable, Vault

_ORDER = {PRIMARY: 0, FALLBACK: 1, INACTIVE: 2}
_UNKNOWN_KIND = "Providers of this kind are not installed here: install them again, or remove this one."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderView:
    """One provider. ``secrets`` names those that are set; ``needs`` says what a person must do before it can send.

    ``role_by`` gave it its role, at ``role_at``, for the reason ``role_why``; ``position`` is its place among the
    fallbacks. ``paused`` is the fault for which it is paused, until a probe after ``paused_until`` gets through. Until
    ``rests_until`` it rests at the request of its far side. Meanwhile ``stand_in`` sends. ``streak`` counts consecutive
    faults. ``queued``, ``held`` and ``retrying`` count the deliveries of its medium, each to 10,000, if it is primary.
    ``undeliverable`` and ``unknown`` count those that it tried last, among the newest 1,000 failures; ``failed_more``:
    there are older ones. ``channels`` counts those that use its medium. ``hours`` are the last 24, or empty where
    nothing was tried in them.
    """

    name: str
    kind: str
    kind_label: str
    medium: str
    role: str
    position: int
    role_at: datetime | None
    role_by: str | None
    role_why: str | None
    settings: Mapping[str, Value]
    secrets: tuple[str, ...]
    needs: str
    last_success_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    changed_at: datetime
    version: int
    paused: Reason | None = None
    paused_until: datetime | None = None
    stand_in: str | None = None
    rests_until: datetime | None = None
    streak: int = 0
    queued: Bounded = NOTHING
    held: Bounded = NOTHING
    retrying: Bounded = NOTHING
    undeliverable: int = 0
    unknown: int = 0
    failed_more: bool = False
    channels: int = 0
    hours: tuple[Hour, ...] = ()

    @property
    def active(self) -> bool:
        """Whether its medium is sent by it, as primary or fallback."""
        return self.role != INACTIVE

    @property
    def primary(self) -> bool:
        """Whether it sends its medium, unless it is paused."""
        return self.role == PRIMARY

    @property
    def waiting(self) -> Bounded:
        """How many deliveries wait for it before their first try."""
        return self.queued + self.held

    @property
    def waiting_more(self) -> bool:
        """Whether more deliveries wait or are retried than were counted."""
        return (self.waiting + self.retrying).more

    @property
    def failed(self) -> int:
        """How many deliveries failed, or may have."""
        return self.undeliverable + self.unknown

    @property
    def tries(self) -> int:
        """How many tries there were in the last 24 hours."""
        return sum(hour.tries for hour in self.hours)

    @property
    def accepted(self) -> int:
        """How many of those tries were accepted."""
        return sum(hour.accepted for hour in self.hours)

    @property
    def proven(self) -> bool:
        """Whether the last try with these settings was accepted by the far side."""
        return self._since_change(self.last_success_at) and not self.failing

    @property
    def failing(self) -> bool:
        """Whether the last try with these settings failed by the provider's own fault."""
        if not self._since_change(self.last_error_at):
            return False
        return self.last_success_at is None or self.last_error_at > self.last_success_at  # pyright: ignore[reportOptionalOperand]

    def fit(self, now: datetime) -> bool:
        """Whether nothing on its far side keeps it from sending everything: no pause and no rest."""
        return ProviderStanding(
            paused_reason=self.paused, paused_until=self.paused_until, rests_until=self.rests_until
        ).fit(now)

    def _since_change(self, at: datetime | None) -> bool:
        return at is not None and at >= self.changed_at


def show(providers: Iterable[Provider], vault: Vault, now: datetime, numbers: Numbers = NONE) -> list[ProviderView]:
    """The rows as views: for each medium the primary and its fallbacks in order, then the others by name."""
    views = [show_one(provider, vault, numbers) for provider in providers]
    views.sort(key=_place)
    return [view if view.fit(now) else replace(view, stand_in=_stand_in(view, views, now)) for view in views]


def _place(view: ProviderView) -> tuple[bool, str, int, int, str]:
    """The sort key of its place in the list."""
    return not view.active, view.medium if view.active else "", _ORDER[view.role], view.position, view.name


def show_one(provider: Provider, vault: Vault, numbers: Numbers = NONE) -> ProviderView:
    """One row as a view."""
    plugin, health, active = kinds().get(provider.kind), provider.health, provider.role != INACTIVE
    secrets, needs = _secrets(provider, vault)
    return ProviderView(
        name=provider.name,
        kind=provider.kind,
        kind_label=plugin.label if plugin else provider.kind,
        medium=provider.medium,
        role=provider.role,
        position=provider.position,
        role_at=provider.role_at,
        role_by=provider.role_by,
        role_why=provider.role_why,
        settings=dict(provider.settings),
        secrets=secrets,
        needs=needs if plugin else _UNKNOWN_KIND,
        last_success_at=health.last_success_at,
        last_error=health.last_error,
        last_error_at=health.last_error_at,
        changed_at=provider.changed_at,
        version=provider.version,
        paused=Reason(health.paused_reason) if active and health.paused_reason else None,
        paused_until=health.paused_until if active else None,
        rests_until=health.rests_until if active else None,
        streak=health.streak,
        **_counted(provider, numbers),
        hours=numbers.hours.get(provider.id, ()),
    )


def _counted(provider: Provider, numbers: Numbers) -> dict[str, Any]:
    """The numbers of a provider; what waits for a medium counts for its primary."""
    medium, primary = provider.medium, provider.role == PRIMARY
    waiting = {
        state: numbers.states.get((medium, state), NOTHING) for state in ("queued", "held", "retrying") if primary
    }
    failed = {state: numbers.failed.get((provider.name, state), 0) for state in ("undeliverable", "unknown")}
    return {**waiting, **failed, "failed_more": numbers.failed_more, "channels": numbers.channels.get(medium, 0)}


def _stand_in(away: ProviderView, views: Sequence[ProviderView], now: datetime) -> str | None:
    """For a primary that cannot send, the first fallback that can."""
    fallbacks = [view for view in views if away.primary and view.medium == away.medium and view.role == FALLBACK]
    return next((view.name for view in fallbacks if view.fit(now)), None)


def needs_secrets(provider: Provider, vault: Vault) -> bool:
    """Whether the encryption key of its secrets is lost."""
    return bool(_secrets(provider, vault)[1])


def _secrets(provider: Provider, vault: Vault) -> tuple[tuple[str, ...], str]:
    """The names of the secrets that are set; or a sentence where the encryption key is lost."""
    try:
        opened = vault.open(provider.secrets) if provider.secrets else {}
    except Unreadable:
        return (), "It needs its secret again: none of the encryption keys opens the one that is kept."
    return tuple(sorted(name for name, value in opened.items() if value)), ""
