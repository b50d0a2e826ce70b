"""Writing what was filled in for a subscriber, with its line in the audit. Inside the caller's transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from webapp.models import subscriber as subscribers
from webapp.models.policy import Policy
from webapp.models.roles import Signed
from webapp.models.subscriber import Subscriber
from webapp.services._plugin_values import Values, opened
from webapp.services.subscribers import _asked, _rows, checks
from webapp.services.subscribers._rows import ADDED, CHANGED, PERSON
from webapp.services.subscribers._view import Subscription
from webapp.services.subscribers.checks import Checked
from webapp.vault import Vault


def write_new(
    session: Session,
    *,
    name: str,
    values: Values,
    policy: Policy,
    channels: Sequence[Subscription],
    active: bool,
    owner_id: int | None = None,
    checked: Checked | None,
    signed: Signed,
    vault: Vault,
) -> Subscriber:
    """Add a subscriber. Raises Refused for its filters, IntegrityError where its name is taken."""
    wanted = _asked.resolved(session, channels)
    row = subscribers.add(
        session, name=name, settings=values.settings, secrets=values.sealed(vault), policy=policy,
        active=active, owner_id=owner_id, now=signed.at,
    )  # fmt: skip
    if not active:
        subscribers.switch_off(session, row, why=PERSON, now=signed.at, by=signed.by)
    subscribers.put_groups(session, row, wanted)
    checks.keep(session, row, checked)
    _rows.note(session, name, ADDED, signed, after={"active": active, **_told(session, row, values)})
    return row


def write_changed(
    session: Session,
    row: Subscriber,
    *,
    values: Values,
    policy: Policy,
    channels: Sequence[Subscription],
    checked: Checked | None,
    forget_check: bool,
    signed: Signed,
    vault: Vault,
) -> None:
    """Make a new version of it. With ``forget_check``, the result of its last check no longer counts. Raises Refused
    for its filters."""
    kept = opened(row, vault)
    before = {**_state(session, row), "secrets": sorted(kept)}
    wanted = _asked.resolved(session, channels)
    subscribers.change(
        session, row, settings=values.settings, secrets=values.sealed(vault), policy=policy, now=signed.at
    )
    subscribers.put_groups(session, row, wanted)
    if forget_check:
        subscribers.forgive(session, row)
        checks.keep(session, row, checked)
    after = {**_told(session, row, values), "replaced": sorted(values.replaced(kept))}
    _rows.note(session, row.name, CHANGED, signed, before=before, after=after)


def _told(session: Session, row: Subscriber, values: Values) -> dict[str, Any]:
    """This version, for the audit, with only the names of its secrets."""
    return {"version": row.version, **_state(session, row), "secrets": sorted(values.secrets)}


def _state(session: Session, row: Subscriber) -> dict[str, Any]:
    groups = subscribers.groups(session, row.id).get(row.id, {})
    return {"settings": dict(row.settings), "policy": row.policy.name, "channels": groups}
