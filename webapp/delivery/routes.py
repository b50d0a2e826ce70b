"""Routes: which provider sends a medium: its primary or, while that is paused or rests, the first fallback that is
fit."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.delivery.lot import Account
from webapp.models._columns import table_of
from webapp.models.provider import IN_TURN, INACTIVE, PRIMARY, STANDING, Provider, ProviderHealth, standing_of

_provider, _health = table_of(Provider), table_of(ProviderHealth)
_FARES = (*STANDING, "paced_until", "proven_at")
_ACTIVE = (
    select(_provider, *(_health.c[name] for name in _FARES))
    .join(_health, _health.c.provider_id == _provider.c.id)
    .where(_provider.c.role != INACTIVE, _provider.c.removed_at.is_(None))
    .order_by(*IN_TURN)
)


@dataclass(frozen=True, slots=True)
class Route:
    """A medium's primary and its fallbacks, in the order in which they stand in for it."""

    primary: Account
    fallbacks: tuple[Account, ...] = ()

    @property
    def accounts(self) -> tuple[Account, ...]:
        """All of them, in that order."""
        return (self.primary, *self.fallbacks)

    def sender(self, now: datetime) -> Account | None:
        """The provider that sends; None where all of them are paused or rest."""
        return next((account for account in self.accounts if account.stands.fit(now)), None)

    def sender_or_next(self, now: datetime) -> Account:
        """The provider that sends; where none does, the one that is tried next: the first that may be probed, or the
        primary."""
        return self.sender(now) or next(iter(self.probes(now)), self.primary)

    def stand_in(self, now: datetime) -> Account | None:
        """The provider that sends in place of the primary, if one does."""
        sender = self.sender(now)
        return None if sender == self.primary else sender

    def keeps_waiting(self, now: datetime) -> bool:
        """Whether what is due waits in the queue: the provider keeps to a pace, or was asked to be left alone."""
        account = self.sender_or_next(now)
        return account.stands.paused_reason is None and (account.stands.must_wait(now) or account.pace is not None)

    def probes(self, now: datetime) -> list[Account]:
        """The providers that are preferred to the one that sends, and may be probed."""
        ends = self.accounts.index(sender) if (sender := self.sender(now)) else None
        return [account for account in self.accounts[:ends] if account.stands.may_be_probed(now)]

    def each(self, change: Callable[[Account], Account]) -> "Route":
        """The same route with ``change`` applied to each account."""
        return Route(change(self.primary), tuple(map(change, self.fallbacks)))


def media_routes(session: Session) -> dict[str, Route]:
    """The route of each medium that has a primary: a fallback alone sends nothing."""
    rows = session.execute(_ACTIVE).mappings()
    by_medium: defaultdict[str, list[Account]] = defaultdict(list)
    primaries = set()
    for row in rows:
        by_medium[row["medium"]].append(_account(cast(Mapping[str, Any], row)))
        primaries |= {row["medium"]} if row["role"] == PRIMARY else set()
    return {medium: Route(by_medium[medium][0], tuple(by_medium[medium][1:])) for medium in primaries}


def serving(ways: Mapping[str, Route], now: datetime) -> tuple[dict[str, Account], dict[str, str]]:
    """By medium, the account that sends; and the primary's name where that is a stand-in."""
    accounts = {medium: way.sender_or_next(now) for medium, way in ways.items()}
    return accounts, {medium: way.primary.name for medium, way in ways.items() if accounts[medium] != way.primary}


def _account(row: Mapping[str, Any]) -> Account:
    return Account(
        row["id"],
        row["name"],
        row["kind"],
        row["medium"],
        row["version"],
        row["settings"],
        row["secrets"],
        standing_of(row),
        proven=row["proven_at"] is not None,
        paced_until=row["paced_until"],
    )
