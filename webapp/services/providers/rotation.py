"""A new encryption key: what is sealed with an older one is sealed anew, so that the older one can be dropped."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from webapp.database import reading, writing
from webapp.extensions import db
from webapp.models import audit
from webapp.models import provider as providers
from webapp.models import subscriber as subscribers
from webapp.services.providers import _rows
from webapp.vault import Unreadable, Vault


@dataclass(frozen=True, slots=True)
class Rotated:
    """Providers by their names, and subscribers as “subscriber:name”: those sealed anew, those that were under the
    first key already, and those that no key opens. What has no secret is in none of them."""

    resealed: tuple[str, ...]
    current: tuple[str, ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sealed:
    """Something with secrets: how it is called here and in the audit, and how other ones are written in their place."""

    name: str
    target: str
    what: str
    secrets: str
    reseal: Callable[[str], None]


def rotate(*, by: str, now: datetime, vault: Vault) -> Rotated:
    """Seal the secrets of every provider and subscriber with the vault's first key. What no key opens is left as it
    is."""
    with writing(db.session) as session:
        providers.lock(session)
        found, anew = _look(session, vault, lock=True)
        for one in _sealed(session, lock=True):
            if one.name in anew:
                one.reseal(anew[one.name])
                audit.note(session, at=now, who=by, what=one.what, target=one.target)
        return found


def foresee(*, vault: Vault) -> Rotated:
    """What ``rotate`` would do."""
    with reading(db.session) as session:
        return _look(session, vault)[0]


def _look(session: Session, vault: Vault, *, lock: bool = False) -> tuple[Rotated, dict[str, str]]:
    """How each stands, and the secrets of those that have to be sealed anew, sealed anew."""
    anew, current, unreadable = dict[str, str](), list[str](), list[str]()
    for one in _sealed(session, lock=lock):
        try:
            resealed = vault.resealed(one.secrets)
        except Unreadable:
            unreadable.append(one.name)
            continue
        if resealed:
            anew[one.name] = resealed
        else:
            current.append(one.name)
    return Rotated(tuple(anew), tuple(current), tuple(unreadable)), anew


def _sealed(session: Session, *, lock: bool) -> Iterator[_Sealed]:
    """All that have secrets; with ``lock``, nobody else changes the subscribers before this transaction ends."""
    for row in providers.listed(session):
        if row.secrets:
            target, reseal = _rows.target(row.name), partial(providers.reseal, session, row)
            yield _Sealed(row.name, target, "provider secrets resealed", row.secrets, reseal)
    for row in subscribers.listed(session, lock=lock):
        if row.secrets:
            target, reseal = f"subscriber:{row.name}", partial(subscribers.reseal, session, row)
            yield _Sealed(target, target, "subscriber secrets resealed", row.secrets, reseal)
