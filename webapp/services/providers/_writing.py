"""Writing what was filled in for a provider, with its line in the audit. Inside the caller's transaction, which holds
the lock on providers."""

from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.reason import Reason
from webapp.models import provider as providers
from webapp.models.provider import Provider
from webapp.models.roles import INACTIVE, Signed
from webapp.services._plugin_values import Values, opened
from webapp.services.providers import _casting
from webapp.services.providers._rows import CHANGED
from webapp.vault import Vault


def write_new(
    session: Session, *, name: str, kind: str, medium: str, values: Values, signed: Signed, vault: Vault
) -> Provider:
    """Add a provider, inactive. The caller has checked that the name is free."""
    sealed = values.sealed(vault)
    row = providers.add(
        session, name=name, kind=kind, medium=medium, settings=values.settings, secrets=sealed, now=signed.at
    )
    _casting.note(session, row, "provider added", signed, after={"kind": kind, "medium": medium, **_told(row, values)})
    return row


def write_changed(session: Session, row: Provider, *, values: Values, signed: Signed, vault: Vault) -> None:
    """Make a new version of a provider; what was held for its pause goes out by that version."""
    kept = opened(row, vault)
    before = {"settings": dict(row.settings), "secrets": sorted(kept)}
    providers.change(session, row, settings=values.settings, secrets=values.sealed(vault), now=signed.at)
    if row.role != INACTIVE:
        _casting.release(session, row.medium, signed, Reason.PROVIDER_PAUSED)
    after = _told(row, values) | {"replaced": sorted(values.replaced(kept))}
    _casting.note(session, row, CHANGED, signed, before=before, after=after)


def _told(row: Provider, values: Values) -> dict[str, Any]:
    """This version, for the audit, with only the names of its secrets."""
    return {"version": row.version, "settings": values.settings, "secrets": sorted(values.secrets)}
