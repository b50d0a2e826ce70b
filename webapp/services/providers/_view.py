"""Providers as they are shown: without secrets, and with what waits for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, text

from webapp.domain.field import Value
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.models.envelope import Attempt
from webapp.models.provider import Provider
from webapp.providers import kinds
from webapp.vault import Unreadable, Vault

# Literals, so that SQLite sees that its partial indexes hold them.
_WAITING, _RETRYING = text("state IN ('queued', 'held')"), text("state = 'retrying'")
_FAILED = text("delivery.state IN ('undeliverable', 'unknown')")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderView:
    """One provider. ``secrets`` names those that are set, ``needs`` says what a person must do before it can send.

    ``paused`` is the fault for which nothing is sent by it, until a probe after ``paused_until`` gets through.
    ``waiting`` and ``retrying`` count deliveries of its medium while it is active; ``failed`` those that it tried.
    """

    name: str
    kind: str
    kind_label: str
    medium: str
    role: str
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
    waiting: int = 0
    retrying: int = 0
    failed: int = 0

    @property
    def active(self) -> bool:
        """Whether its medium is sent by it."""
        return self.role != "inactive"

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

    def _since_change(self, at: datetime | None) -> bool:
        return at is not None and at >= self.changed_at


@dataclass(frozen=True, slots=True)
class Queue:
    """How many deliveries wait and how many are tried again, by medium; how many failed, by the provider's id."""

    waiting: Mapping[str, int] = field(default_factory=dict)
    retrying: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[int, int] = field(default_factory=dict)


_EMPTY = Queue()


def count_queue() -> Queue:
    """The numbers of all providers, by three statements."""
    medium, count = Delivery.medium, func.count()
    waiting = select(medium, count).where(_WAITING).group_by(medium)
    retrying = select(medium, count).where(_RETRYING).group_by(medium)
    tried = select(Attempt.provider_id, func.count(Delivery.id.distinct())).join(
        Delivery, Delivery.envelope_id == Attempt.envelope_id
    )
    failed = tried.where(_FAILED, Delivery.dismissed_at.is_(None)).group_by(Attempt.provider_id)
    return Queue(*(_pairs(statement) for statement in (waiting, retrying, failed)))


def _pairs(statement: Select[Any, int]) -> dict[Any, int]:
    return {key: count for key, count in db.session.execute(statement)}  # noqa: C416 - a Result is no mapping


def show(providers: Iterable[Provider], vault: Vault, queue: Queue) -> list[ProviderView]:
    """The rows as words: those that are active first, then by name."""
    views = [show_one(provider, vault, queue) for provider in providers]
    return sorted(views, key=lambda view: (not view.active, view.name))


def show_one(provider: Provider, vault: Vault, queue: Queue = _EMPTY) -> ProviderView:
    """One row as words."""
    plugin, health, active = kinds().get(provider.kind), provider.health, provider.role != "inactive"
    secrets, needs = _secrets(provider, vault)
    return ProviderView(
        name=provider.name,
        kind=provider.kind,
        kind_label=plugin.label if plugin else provider.kind,
        medium=provider.medium,
        role=provider.role,
        settings=dict(provider.settings),
        secrets=secrets,
        needs=needs if plugin else "Providers of this kind are not installed here.",
        last_success_at=health.last_success_at,
        last_error=health.last_error,
        last_error_at=health.last_error_at,
        changed_at=provider.changed_at,
        version=provider.version,
        paused=Reason(health.paused_reason) if active and health.paused_reason else None,
        paused_until=health.paused_until if active else None,
        waiting=queue.waiting.get(provider.medium, 0) if active else 0,
        retrying=queue.retrying.get(provider.medium, 0) if active else 0,
        failed=queue.failed.get(provider.id, 0),
    )


def _secrets(provider: Provider, vault: Vault) -> tuple[tuple[str, ...], str]:
    """The names of the secrets that are set; or a sentence where the key to them is lost."""
    try:
        opened = vault.open(provider.secrets) if provider.secrets else {}
    except Unreadable:
        return (), "It needs its secret again: none of the encryption keys opens the one that is kept."
    return tuple(sorted(name for name, value in opened.items() if value)), ""
