"""Subscribers as the engine sees them: their routes, the facts to decide by, and the event that each is sent."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from webapp.delivery.lot import Account, Loaded
from webapp.delivery.routes import Route
from webapp.domain.decision import Facts
from webapp.domain.endpoint import Off
from webapp.domain.event import Event, Form
from webapp.domain.medium import Medium
from webapp.formatters import Output
from webapp.models._among import among
from webapp.models._columns import table_of
from webapp.models.leases import Lane, Leased
from webapp.models.policy import Policy
from webapp.models.subscriber import Subscriber

_subscriber = table_of(Subscriber)
_Rows = dict[int, Mapping[str, Any]]


def subscriber_routes(session: Session, ids: Collection[int]) -> dict[Lane, Route]:
    """The route to each of these that is switched on: its own endpoint, without a fallback."""
    on = among(_subscriber.c.id, ids), _subscriber.c.active, _subscriber.c.removed_at.is_(None)
    return {id_: Route(_account(row)) for id_, row in _rows(session, *on).items()} if ids else {}


def own(
    session: Session, claimed: Sequence[Leased], channels: Mapping[int, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The fields of ``Loaded`` for the deliveries to subscribers, by delivery id."""
    rows = _rows(session, among(_subscriber.c.id, {leased.subscriber_id for leased in claimed if leased.subscriber_id}))
    return {
        leased.id: {
            "recipient": rows[leased.subscriber_id],
            "channel": {**channels[leased.channel_id], "at_most_once": False},
            "policy": cast(Policy, rows[leased.subscriber_id]["Policy"]).as_word(),
            "account": _account(rows[leased.subscriber_id]),
        }
        for leased in claimed
        if leased.subscriber_id is not None
    }


def subscriber_facts(loaded: Loaded, now: datetime) -> Facts:
    """What decide() asks about. Nobody's wishes are in it. A corrected address counts at once, also for retries: a
    receiver knows an envelope by its id."""
    row, policy = loaded.recipient, loaded.policy
    removed_at = row["removed_at"]
    off_why = Off.REMOVED.value if removed_at else None if row["active"] else row["off_why"]
    return Facts(
        now=now,
        medium=loaded.leased.medium,
        channel=loaded.channel["name"],
        visible_at=loaded.message["visible_at"],
        expires_at=loaded.leased.expires_at,
        recipient_active=True,
        address=row["settings"]["url"],
        provider=None,
        provider_version=None,
        generation=loaded.leased.generation,
        policy=policy.name,
        policy_version=policy.version,
        subscriber=row["name"],
        subscriber_version=row["version"],
        switched_off=off_why,
        switched_off_at=removed_at or row["off_at"] if off_why else None,
    )


def event_for(loaded: Loaded, *, source: str) -> Output:
    """The event that is sent for a message: the same text for all subscribers that want the same form."""
    account, message = loaded.account, loaded.message
    assert account  # noqa: S101 — a subscriber is one itself
    names = "id", "type", "category", "subject", "body", "link", "sender", "attributes", "created_at", "visible_at"
    event = Event(channel=loaded.channel["name"], **{name: message[name] for name in names})
    form = Form(account.settings.get("body", Form.PLAIN))
    return Output(message["subject"], event.text(form, source=source), None, (loaded.leased.id,))


def _rows(session: Session, *where: ColumnElement[bool]) -> _Rows:
    """The rows with their policies. A subscriber is its own recipient, so its name is also its ``display_name``."""
    named = _subscriber.c.name.label("display_name")
    wanted = select(_subscriber, named, Policy).join(Policy, _subscriber.c.policy_id == Policy.id).where(*where)
    return {row["id"]: cast(Mapping[str, Any], row) for row in session.execute(wanted).mappings().all()}


def _account(row: Mapping[str, Any]) -> Account:
    own = row["settings"], row["secrets"]
    return Account(row["id"], row["name"], Medium.WEBHOOK.value, Medium.WEBHOOK.value, row["version"], *own)
