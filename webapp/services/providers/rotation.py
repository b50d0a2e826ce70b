"""A new encryption key: what is sealed with an older one is sealed anew, so that the older one can be dropped."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.database import reading, writing
from webapp.extensions import db
from webapp.models import audit
from webapp.models import provider as providers
from webapp.services.providers import _rows
from webapp.vault import Unreadable, Vault


@dataclass(frozen=True, slots=True)
class Rotated:
    """Providers by their names: those sealed anew, those that were under the first key already, and those that no key
    opens. What has no secret is in none of them."""

    resealed: tuple[str, ...]
    current: tuple[str, ...]
    unreadable: tuple[str, ...]


def rotate(*, by: str, now: datetime, vault: Vault) -> Rotated:
    """Seal every provider's secrets with the vault's first key. What no key opens is left as it is."""
    with writing(db.session) as session:
        providers.lock(session)
        found, anew = _look(session, vault)
        for row in providers.listed(session):
            if row.name in anew:
                providers.reseal(session, row, anew[row.name])
                audit.note(session, at=now, who=by, what="provider secrets resealed", target=_rows.target(row.name))
        return found


def foresee(*, vault: Vault) -> Rotated:
    """What ``rotate`` would do."""
    with reading(db.session) as session:
        return _look(session, vault)[0]


def _look(session: Session, vault: Vault) -> tuple[Rotated, dict[str, str]]:
    """How each stands, and the secrets of those that have to be sealed anew, sealed anew."""
    anew, current, unreadable = dict[str, str](), list[str](), list[str]()
    for row in providers.listed(session):
        if not row.secrets:
            continue
        try:
            resealed = vault.resealed(row.secrets)
        except Unreadable:
            unreadable.append(row.name)
            continue
        if resealed:
            anew[row.name] = resealed
        else:
            current.append(row.name)
    return Rotated(tuple(anew), tuple(current), tuple(unreadable)), anew
