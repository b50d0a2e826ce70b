"""The secrets that Belfry makes itself, such as the key of a signature: replaced on demand, with a time in which the
former one counts as well. Each is told once, by whatever made it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from webapp.database import writing
from webapp.domain.field import FORMER, Field
from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import db
from webapp.models import provider as providers
from webapp.models.provider import Provider
from webapp.models.roles import Signed
from webapp.services._changes import changed_meanwhile
from webapp.services.providers import _casting
from webapp.services.providers._rows import KEY_DROPPED, KEY_REPLACED, NEW_VERSIONS, named, target
from webapp.services.providers._values import plugin_named
from webapp.services.providers._view import ProviderView, show_one
from webapp.vault import Unreadable, Vault

_Change = Callable[[Field, dict[str, str]], None]


@dataclass(frozen=True, slots=True)
class Key:
    """A secret that Belfry makes: whether there is one, and whether the one before it still counts."""

    field: Field
    there: bool
    former: bool


@dataclass(frozen=True, slots=True)
class _Meant:
    """Which key of which provider, seen at which version; and what the audit calls what is done to it."""

    name: str
    key: str | None
    version: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """A provider with another key than before: which one, and what it is, told this once; nothing where none was
    made."""

    provider: ProviderView
    key: Field
    value: str = field(default="", repr=False)


def of(provider: ProviderView) -> list[Key]:
    """The keys of a provider; none where its kind is not installed any more."""
    try:
        made = [one for one in plugin_named(provider.kind).all_fields() if one.make]
    except Missing:
        return []
    there = set(provider.secrets)
    return [Key(one, one.name in there, one.name + FORMER in there) for one in made]


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

    ``again`` is for a new key that was lost before the far side knew it: that one is replaced, and the former one goes
    on to count. Raises Missing for a provider or key that is not there; and Conflict where two count already, unless
    ``again``, or where the provider is no longer the ``version`` that was seen: a page that is sent twice must not make
    two keys.
    """
    value = ""

    def change(one: Field, secrets: dict[str, str]) -> None:
        nonlocal value
        former = secrets.get(one.name + FORMER)
        if former and not again:
            raise Conflict({"key": "The former key still counts. Drop it first, or replace only the new one."})
        if one.make is None:
            raise Missing({"key": f"{one.label} is nothing that Belfry makes."})
        if one.name in secrets and not former:
            secrets[one.name + FORMER] = secrets[one.name]
        secrets[one.name] = value = one.make()

    meant, signed = _Meant(name, key, version, KEY_REPLACED), Signed(by, now)
    return Rekeyed(*_changed(meant, change, signed, vault), value)


def drop_former(
    *, name: str, key: str | None = None, version: int | None = None, by: str, now: datetime, vault: Vault
) -> Rekeyed:
    """Let only the new key count. Raises Missing, and Conflict where no former one counts or as ``rotate`` does."""

    def change(one: Field, secrets: dict[str, str]) -> None:
        if not secrets.pop(one.name + FORMER, ""):
            raise Conflict({"key": "No former key counts."})

    meant, signed = _Meant(name, key, version, KEY_DROPPED), Signed(by, now)
    return Rekeyed(*_changed(meant, change, signed, vault))


def _changed(meant: _Meant, change: _Change, signed: Signed, vault: Vault) -> tuple[ProviderView, Field]:
    """Change the secrets of a provider, which makes another version of it."""
    with writing(db.session) as session:
        providers.lock(session)
        row = named(session, meant.name)
        if meant.version in (None, row.version):
            one, secrets, settings = _field(row, meant.key), _secrets(row, vault), dict(row.settings)
            before = {"settings": settings, "secrets": sorted(secrets)}
            change(one, secrets)
            providers.change(session, row, settings=settings, secrets=vault.seal(secrets), now=signed.at)
            after = {"version": row.version, "settings": settings, "secrets": sorted(secrets), "replaced": [one.name]}
            _casting.note(session, row, meant.what, signed, before=before, after=after)
            return show_one(row, vault), one
    raise changed_meanwhile(target(meant.name), *NEW_VERSIONS)


def _secrets(row: Provider, vault: Vault) -> dict[str, str]:
    """Those that there are. Raises Conflict where they cannot be opened: what is written would take their place."""
    try:
        return vault.open(row.secrets) if row.secrets else {}
    except Unreadable:
        raise Conflict({"key": f"{row.name} needs its secrets again first: none of the keys opens them."}) from None


def _field(row: Provider, key: str | None) -> Field:
    """The key that is meant; the first one where none is named."""
    made = [one for one in plugin_named(row.kind).all_fields() if one.make and key in (None, one.name)]
    if not made:
        raise Missing({"key": f"{row.name} has no such key."})
    return made[0]
