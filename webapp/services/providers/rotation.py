"""Rotating the encryption key: secrets under an older key are encrypted anew, so that the older key can be dropped."""

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
    """Providers by name, and subscribers as “subscriber:name”: those encrypted anew, those under the first key already,
    and those that no key opens. Rows without secrets are in none of these."""

    resealed: tuple[str, ...]
    current: tuple[str, ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A row with secrets: its name here, its name in the audit, and how to store other secrets in it."""

    name: str
    target: str
    what: str
    secrets: str
    reseal: Callable[[str], None]


def rotate(*, by: str, now: datetime, vault: Vault) -> Rotated:
    """Encrypt the secrets of every provider and subscriber with the vault's first key. Those that no key opens stay as
    they are."""
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
    """The result for each row, and the new encrypted secrets of those that have to change."""
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
    """Every row that has secrets; with ``lock``, the subscribers are locked until this transaction ends."""
    for row in providers.listed(session):
        if row.secrets:
            target, reseal = _rows.target(row.name), partial(providers.reseal, session, row)
            yield _Sealed(row.name, target, "provider secrets resealed", row.secrets, reseal)
    for row in subscribers.listed(session, lock=lock):
        if row.secrets:
            target, reseal = f"subscriber:{row.name}", partial(subscribers.reseal, session, row)
            yield _Sealed(target, target, "subscriber secrets resealed", row.secrets, reseal)
