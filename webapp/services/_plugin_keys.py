"""The secrets that Belfry makes itself, such as the key of a signature: another one made, with a time in which the
former one counts as well."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from webapp.domain.field import FORMER, Field
from webapp.domain.refusal import Conflict, Missing
from webapp.providers import Provider
from webapp.services._plugin_values import Row
from webapp.vault import Unreadable, Vault

Change = Callable[[Field, dict[str, str]], None]  # what becomes of a key among the secrets


@dataclass(frozen=True, slots=True)
class Key:
    """A secret that Belfry makes: whether there is one, and whether the one before it still counts."""

    field: Field
    there: bool
    former: bool


def keys_of(plugin: type[Provider], secrets: Collection[str]) -> list[Key]:
    """The keys of a kind, where the secrets of these names are set."""
    made = [one for one in plugin.all_fields() if one.make]
    return [Key(one, one.name in secrets, one.name + FORMER in secrets) for one in made]


def key_named(plugin: type[Provider], key: str | None, whose: str) -> Field:
    """The key that is meant; the first one where none is named. Raises Missing."""
    made = [one for one in plugin.all_fields() if one.make and key in (None, one.name)]
    if not made:
        raise Missing({"key": f"{whose} has no such key."})
    return made[0]


def replace(one: Field, secrets: dict[str, str], *, again: bool = False) -> None:
    """Make another key. The former one counts as well until it is dropped.

    ``again`` is for a new key that was lost before the far side knew it: that one is replaced, and the former one goes
    on to count. Raises Conflict where two count already, unless ``again``.
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
    """The secrets that there are. Raises Conflict where they cannot be opened: what is written would take their
    place."""
    try:
        return vault.open(row.secrets) if row.secrets else {}
    except Unreadable:
        raise Conflict({"key": f"{whose} needs its secrets again first: none of the keys opens them."}) from None
