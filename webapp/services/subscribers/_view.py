"""Subscribers as they are shown: without secrets, with their filters, their health and what waits for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.bounded import NOTHING, Bounded
from webapp.domain.field import Value
from webapp.domain.retry_policy import RetryPolicy
from webapp.domain.subscription_filter import Group
from webapp.domain.wording import Sentence
from webapp.models import subscriber as subscribers
from webapp.models.subscriber import Subscriber
from webapp.models.user import User
from webapp.retries._preview import preview, summary
from webapp.services.posting.policies import ANY_TYPE
from webapp.services.subscribers._numbers import NONE, Numbers
from webapp.vault import Unreadable, Vault


@dataclass(frozen=True, slots=True)
class Subscription:
    """One channel of a subscriber: messages that any of the groups matches; an empty group matches every message."""

    channel: str
    groups: tuple[Group, ...] = ({},)

    @property
    def everything(self) -> bool:
        """Whether every message of the channel matches."""
        return any(not group for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberView:
    """One subscriber. ``secrets`` names those that are set; ``needs`` says what a person must do before anything can be
    sent.

    ``owner`` is set for a poster's states address, which has no channels. Where it is not ``active``, ``off_why`` is
    ``person``, ``gone`` or ``failing``. ``failing_since`` is the first failure since the last success. ``check_passed``
    is None where the present endpoint was not checked; ``waived`` is the reason to use it without. What waits is
    counted to 1,000; ``failed`` counts its share of the newest 1,000 failures of all.
    """

    id: int
    name: str
    url: str
    settings: Mapping[str, Value]
    secrets: tuple[str, ...]
    needs: str
    policy: str
    retry_policy: RetryPolicy
    owner: str | None
    channels: tuple[Subscription, ...]
    active: bool
    off_why: str | None
    off_at: datetime | None
    off_by: str | None
    version: int
    created_at: datetime
    changed_at: datetime
    last_success_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    failing_since: datetime | None
    streak: int
    checked_at: datetime | None
    check_passed: bool | None
    check_steps: tuple[Mapping[str, Any], ...]
    waived: str | None
    queued: Bounded = NOTHING
    held: Bounded = NOTHING
    retrying: Bounded = NOTHING
    failed: int = 0
    failed_more: bool = False

    @property
    def host(self) -> str:
        """The host and port of its address, which is what fits into a list."""
        return urlsplit(self.url).netloc or self.url

    @property
    def waiting(self) -> Bounded:
        """How many deliveries wait for their first try."""
        return self.queued + self.held

    @property
    def left(self) -> Bounded:
        """How many deliveries could be cancelled."""
        return self.waiting + self.retrying

    @property
    def waiting_more(self) -> bool:
        """Whether there is more than is counted."""
        return self.left.more

    @property
    def failing(self) -> bool:
        """Whether the last try failed."""
        return self.failing_since is not None

    @property
    def checked(self) -> bool:
        """Whether it may be switched on without another check."""
        return bool(self.check_passed or self.waived)

    @property
    def retries(self) -> Sentence:
        """How often what failed is tried again, and over what time."""
        return summary(preview(self.retry_policy, ANY_TYPE))


def show(session: Session, rows: Sequence[Subscriber], vault: Vault, numbers: Numbers = NONE) -> list[SubscriberView]:
    """The rows as views, in their order."""
    groups, owners = subscribers.groups(session), _owners(session, rows)
    return [_one(row, groups.get(row.id, {}), owners, vault, numbers) for row in rows]


def show_one(session: Session, row: Subscriber, vault: Vault, numbers: Numbers = NONE) -> SubscriberView:
    """One row as a view."""
    found = subscribers.groups(session, row.id)
    return _one(row, found.get(row.id, {}), _owners(session, [row]), vault, numbers)


def _one(
    row: Subscriber,
    groups: Mapping[str, Iterable[Group]],
    owners: Mapping[int, str],
    vault: Vault,
    numbers: Numbers,
) -> SubscriberView:
    health, (secrets, needs) = row.health, _secrets(row, vault)
    kept = ("id", "name", "active", "off_why", "off_at", "off_by", "version", "created_at", "changed_at")
    fares = ("last_success_at", "last_error", "last_error_at", "failing_since", "streak", "checked_at", "check_passed")
    counted: dict[str, Any] = {
        state: numbers.waiting.get((row.id, state), NOTHING) for state in ("queued", "held", "retrying")
    }
    return SubscriberView(
        url=str(row.settings.get("url", "")),
        settings=dict(row.settings),
        secrets=secrets,
        needs=needs,
        policy=row.policy.name,
        retry_policy=row.policy.as_word(),
        owner=owners.get(row.owner_id or 0),
        channels=tuple(Subscription(channel, tuple(asked)) for channel, asked in groups.items()),
        check_steps=tuple(health.check_steps or ()),
        waived=health.waived,
        **{column: getattr(row, column) for column in kept},
        **{column: getattr(health, column) for column in fares},
        **counted,
        failed=numbers.failed.get(row.id, 0),
        failed_more=numbers.failed_more,
    )


def needs_secrets(row: Subscriber, vault: Vault) -> bool:
    """Whether the encryption key of its secrets is lost."""
    return bool(_secrets(row, vault)[1])


def _owners(session: Session, rows: Iterable[Subscriber]) -> dict[int, str]:
    ids = {row.owner_id for row in rows if row.owner_id}
    if not ids:
        return {}
    return {id: name for id, name in session.execute(select(User.id, User.username).where(User.id.in_(ids)))}  # noqa: C416


def _secrets(row: Subscriber, vault: Vault) -> tuple[tuple[str, ...], str]:
    """The names of the secrets that are set; or a sentence where the encryption key is lost."""
    try:
        opened = vault.open(row.secrets) if row.secrets else {}
    except Unreadable:
        return (), "It needs its secret again: none of the encryption keys opens the one that is kept."
    return tuple(sorted(name for name, value in opened.items() if value)), ""
