"""The secrets that Belfry makes itself, such as a signing key: replaced on demand, with a time in which both keys
count. A new key is shown once, by the act that makes it."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from webapp.database import writing
from webapp.domain.field import Field
from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models import provider as providers
from webapp.models.roles import Signed
from webapp.services import _plugin_keys
from webapp.services._changes import changed_meanwhile
from webapp.services._plugin_keys import Change, Key, key_named, keys_of, openable
from webapp.services._plugin_values import plugin_named
from webapp.services.providers import _casting
from webapp.services.providers._rows import KEY_DROPPED, KEY_REPLACED, NEW_VERSIONS, named, target
from webapp.services.providers._view import ProviderView, show_one
from webapp.vault import Vault


@dataclass(frozen=True, slots=True)
class _Meant:
    """Which key of which provider at which version is to be changed, and the name of the change in the audit."""

    name: str
    key: str | None
    version: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """A provider whose key was changed: which key, and its value, shown this once; empty where none was made."""

    provider: ProviderView
    key: Field
    value: str = field(default="", repr=False)


def provider_keys(provider: ProviderView) -> list[Key]:
    """The keys of a provider; none where its kind is no longer installed."""
    try:
        return keys_of(plugin_named(provider.kind), provider.secrets)
    except Missing:
        return []


def rotate(
    *,
    name: str,
    key: str | None = None,
    version: int | None = None,
    again: bool = False,
    by: str,
    now: datetime,
    vault: Vault,
) -> Rekeyed:
    """Make another key. The former one counts as well until it is dropped.

    ``again`` is for a new key that was lost before the far side knew it: only that one is replaced, and the former one
    still counts. Raises Missing for an unknown provider or key. Raises Conflict where two keys count already, unless
    ``again``, or where the provider is no longer at ``version``: a page that is sent twice must not make two keys.
    """
    meant, signed = _Meant(name, key, version, KEY_REPLACED), Signed(by, now)
    return _changed(meant, partial(_plugin_keys.replace, again=again), signed, vault, told=True)


def drop_former(
    *, name: str, key: str | None = None, version: int | None = None, by: str, now: datetime, vault: Vault
) -> Rekeyed:
    """Let only the new key count. Raises Missing, and Conflict where no former one counts or as ``rotate`` does."""

    meant, signed = _Meant(name, key, version, KEY_DROPPED), Signed(by, now)
    return _changed(meant, _plugin_keys.drop_former, signed, vault)


def _changed(meant: _Meant, change: Change, signed: Signed, vault: Vault, *, told: bool = False) -> Rekeyed:
    """Change the secrets of a provider, which makes a new version of it; with ``told``, the result has the new key."""
    with writing(db.session) as session:
        providers.lock(session)
        row = named(session, meant.name)
        if meant.version in (None, row.version):
            one = key_named(plugin_named(row.kind), meant.key, row.name)
            secrets, settings = openable(row, vault, row.name), dict(row.settings)
            before = {"settings": settings, "secrets": sorted(secrets)}
            change(one, secrets)
            providers.change(session, row, settings=settings, secrets=vault.seal(secrets), now=signed.at)
            after = {"version": row.version, "settings": settings, "secrets": sorted(secrets), "replaced": [one.name]}
            _casting.note(session, row, meant.what, signed, before=before, after=after)
            return Rekeyed(show_one(row, vault), one, secrets[one.name] if told else "")
    raise changed_meanwhile(target(meant.name), *NEW_VERSIONS)
