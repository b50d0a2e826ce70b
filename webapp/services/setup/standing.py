"""What an installation is set up as now, and that as a file."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from webapp.database import reading
from webapp.domain.refusal import Refused
from webapp.domain.secret_variable import variables
from webapp.extensions import db
from webapp.services.setup import _channels, _people, _policies, _providers, _subscribers
from webapp.services.setup._difference import Setup
from webapp.services.setup._file import SECTIONS, VERSION, reference, written
from webapp.services.setup._work import Secret
from webapp.vault import Vault

_WITH_SECRETS = {"providers": "", "subscribers": "subscriber "}  # the sections, and how the names of theirs begin


@dataclass(frozen=True, slots=True)
class Exported:
    """The text of the file, the same as plain values, the environment variables that it names, and how many things of
    each sort it has."""

    text: str
    tree: Mapping[str, Any]
    variables: tuple[str, ...]
    counts: Mapping[str, int]


def export(*, vault: Vault) -> Exported:
    """The whole setup as a file. It contains no secret, and equal setups give equal texts.

    Raises Refused where somebody's secrets cannot be opened: it is then unknown which ones the file has to name.
    """
    with reading(db.session) as session:
        lost = [f"provider {name}" for name in _providers.lost(session, vault)]
        lost += [f"subscriber {name}" for name in _subscribers.lost(session, vault)]
        if lost:
            sentence = "None of the encryption keys opens its secrets: enter them again first."
            raise Refused(dict.fromkeys(lost, sentence))
        now = stand(session, vault)
    named = variables(_secrets(now))
    kept = {
        section: {name: _by_reference(f"{begins}{name}", entry, named) for name, entry in now[section].items()}
        for section, begins in _WITH_SECRETS.items()
    }
    tree = {**now, **kept}
    counts = Counter({section: len(tree[section]) for section in SECTIONS})
    return Exported(written(tree), {"version": VERSION, **tree}, tuple(sorted(named.values())), counts)


def stand(session: Session, vault: Vault) -> Setup:
    """The setup as this transaction sees it, with its secrets in clear."""
    return {
        "policies": _policies.stand(session),
        "channels": _channels.stand(session),
        "providers": _providers.stand(session, vault),
        "subscribers": _subscribers.stand(session, vault),
        "people": _people.stand(session),
    }


def _secrets(setup: Setup) -> list[tuple[str, str]]:
    return [
        (f"{begins}{name}", key)
        for section, begins in _WITH_SECRETS.items()
        for name, entry in sorted(setup[section].items())
        for key, value in entry["settings"].items()
        if isinstance(value, Secret)
    ]


def _by_reference(name: str, entry: Mapping[str, Any], named: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    settings = {
        key: reference(named[name, key]) if isinstance(value, Secret) else value
        for key, value in entry["settings"].items()
    }
    return {**entry, "settings": settings}
