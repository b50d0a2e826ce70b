"""The secrets that Belfry makes itself, such as a signing key: replacing one, with a time in which both keys count."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from webapp.domain.field import FORMER, Field
from webapp.domain.refusal import Conflict, Missing
from webapp.providers import Provider
from webapp.services._plugin_values import Row
from webapp.vault import Unreadable, Vault

Change = Callable[[Field, dict[str, str]], None]  # changes a key among the secrets


@dataclass(frozen=True, slots=True)
class Key:
    """A secret that Belfry makes: whether it is set, and whether the former one still counts."""

    field: Field
    there: bool
    former: bool


def keys_of(plugin: type[Provider], secrets: Collection[str]) -> list[Key]:
    """The keys of a kind, given the names of the secrets that are set."""
    made = [one for one in plugin.all_fields() if one.make]
    return [Key(one, one.name in secrets, one.name + FORMER in secrets) for one in made]


def key_named(plugin: type[Provider], key: str | None, whose: str) -> Field:
    """The field of that key; the first key where none is named. Raises Missing."""
    made = [one for one in plugin.all_fields() if one.make and key in (None, one.name)]
    if not made:
        raise Missing({"key": f"{whose} has no such key."})
    return made[0]


def replace(one: Field, secrets: dict[str, str], *, again: bool = False) -> None:
    """Make another key. The former one counts as well until it is dropped.

    ``again`` is for a new key that was lost before the far side knew it: only that one is replaced, and the former one
    still counts. Raises Conflict where two keys count already, unless ``again``.
    """
    former = secrets.get(one.name + FORMER)
    if former and not again:
        raise Conflict({"key": "The former key still counts. Drop it first, or replace only the new one."})
    if one.make is None:
        raise Missing({"key": f"{one.label} is nothing that Belfry makes."})
    if one.name in secrets and not former:
        secrets[one.name + FORMER] = secrets[one.name]
    secrets[one.name] = one.make()


def drop_former(one: Field, secrets: dict[str, str]) -> None:
    """Let only the new key count. Raises Conflict where no former one does."""
    if not secrets.pop(one.name + FORMER, ""):
        raise Conflict({"key": "No former key counts."})


def openable(row: Row, vault: Vault, whose: str) -> dict[str, str]:
    """The row's secrets. Raises Conflict where they cannot be opened: writing new ones would overwrite them."""
    try:
        return vault.open(row.secrets) if row.secrets else {}
    except Unreadable:
        raise Conflict({"key": f"{whose} needs its secrets again first: none of the keys opens them."}) from None
