"""The signing key of a subscriber, replaced on demand, with a time in which both keys count. A new key is shown once,
by the act that makes it."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from webapp.database import writing
from webapp.domain.field import Field
from webapp.extensions import db
from webapp.models import subscriber as subscribers
from webapp.models.roles import Signed
from webapp.services import _plugin_keys
from webapp.services._changes import changed_meanwhile
from webapp.services._plugin_keys import Change, Key, key_named, keys_of, openable
from webapp.services.subscribers import _rows
from webapp.services.subscribers._rows import KEY_DROPPED, KEY_REPLACED, NEW_VERSIONS, named, plugin, target
from webapp.services.subscribers._view import SubscriberView, show_one
from webapp.vault import Vault


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """A subscriber whose key was changed: which key, and its value, shown this once; empty where none was made."""

    subscriber: SubscriberView
    key: Field
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Meant:
    """Which subscriber at which version is to be changed, and the name of the change in the audit."""

    name: str
    version: int | None
    what: str


def signing_key(subscriber: SubscriberView) -> Key:
    """The state of its signing key."""
    return keys_of(plugin(), subscriber.secrets)[0]


def rotate(
    *, name: str, version: int | None = None, again: bool = False, by: str, now: datetime, vault: Vault
) -> Rekeyed:
    """Make another key. The former one counts as well until it is dropped.

    ``again`` is for a new key that was lost before the endpoint knew it: only that one is replaced, and the former one
    still counts. Raises Missing. Raises Conflict where two keys count already, unless ``again``, or where the
    subscriber is no longer at ``version``: a page that is sent twice must not make two keys.
    """
    meant = _Meant(name, version, KEY_REPLACED)
    return _changed(meant, partial(_plugin_keys.replace, again=again), Signed(by, now), vault, told=True)


def drop_former(*, name: str, version: int | None = None, by: str, now: datetime, vault: Vault) -> Rekeyed:
    """Let only the new key count. Raises Missing, and Conflict where no former one counts or as ``rotate`` does."""
    return _changed(_Meant(name, version, KEY_DROPPED), _plugin_keys.drop_former, Signed(by, now), vault)


def _changed(meant: _Meant, change: Change, signed: Signed, vault: Vault, *, told: bool = False) -> Rekeyed:
    """Change the key, which makes a new version of the subscriber; with ``told``, the result has the new key."""
    with writing(db.session) as session:
        row = named(session, meant.name, lock=True)
        if meant.version in (None, row.version):
            one, secrets = key_named(plugin(), None, row.name), openable(row, vault, row.name)
            change(one, secrets)
            now = {"settings": row.settings, "secrets": vault.seal(secrets), "policy": row.policy, "now": signed.at}
            subscribers.change(session, row, **now)
            _rows.note(
                session, row.name, meant.what, signed, after={"version": row.version, "secrets": sorted(secrets)}
            )
            return Rekeyed(show_one(session, row, vault), one, secrets[one.name] if told else "")
    raise changed_meanwhile(target(meant.name), *NEW_VERSIONS)
