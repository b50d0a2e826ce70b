"""The providers of a setup. The file names the environment variable that holds each secret."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.domain.refusal import Refused
from webapp.models import provider as rows
from webapp.models.provider import Provider as Row
from webapp.models.roles import FALLBACK, INACTIVE, PRIMARY
from webapp.providers import kinds_for_people
from webapp.services._plugin_values import Values, opened, plugin_named, problem_in_medium
from webapp.services.providers._view import needs_secrets
from webapp.services.providers._writing import write_changed, write_new
from webapp.services.providers.provider_setup import problem_in_name
from webapp.services.setup import _settings
from webapp.services.setup._lines import Path
from webapp.services.setup._shape import Entry, Key, Wrong
from webapp.services.setup._work import Work
from webapp.vault import Vault

KEYS: Mapping[str, Key] = {
    "kind": Key("text", required=True),
    "medium": Key("text", required=True),
    "role": Key("text", default=INACTIVE),
    "place": Key("whole"),
    "settings": Key("table", default={}),
}
_ROLES = (PRIMARY, FALLBACK, INACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A provider as a file asks for it: its settings as they would be typed, and the variables of its secrets."""

    kind: str
    medium: str
    role: str
    place: int | None
    raw: Mapping[str, str]
    references: Mapping[str, str]


# --- reading ------------------------------------------------------------------------------------------------------


def stand(session: Session, vault: Vault) -> dict[str, Entry]:
    """Every provider, as a file has it but with its secrets in clear."""
    return {row.name: _told(row, vault) for row in rows.listed(session)}


def lost(session: Session, vault: Vault) -> list[str]:
    """The providers whose secrets cannot be opened any more, so that it is unknown which ones they have."""
    return [row.name for row in rows.listed(session) if needs_secrets(row, vault)]


def _told(row: Row, vault: Vault) -> Entry:
    return {
        "kind": row.kind,
        "medium": row.medium,
        "role": row.role,
        "place": row.position if row.role == FALLBACK else None,
        "settings": _settings.told(row.kind, row.settings, opened(row, vault)),
    }


# --- checking -----------------------------------------------------------------------------------------------------


def check(name: str, entry: Entry) -> Wanted:
    """What a file asks for, checked as far as that needs no database. Raises Wrong."""
    if (plugin := kinds_for_people().get(entry["kind"])) is None:
        raise Wrong({("kind",): f"There is no such kind here. There are: {', '.join(kinds_for_people())}."})
    role, place = entry["role"], entry["place"]
    problems = {
        "name": problem_in_name(name),
        "medium": problem_in_medium(plugin, entry["medium"]),
        "role": None if role in _ROLES else f"One of {', '.join(_ROLES)}, please.",
        "place": _problem_in_place(role, place),
    }
    raw, references, wrong = _settings.typed(plugin, name, entry["settings"])
    problems |= wrong
    _refuse(problems)
    return Wanted(kind=entry["kind"], medium=entry["medium"], role=role, place=place, raw=raw, references=references)


def check_together(wanted: Mapping[str, Wanted]) -> Iterator[tuple[str, str, str]]:
    """Conflicts between providers of the file, such as two primaries: the provider, the key and the sentence."""
    taken: dict[tuple[str, str, int | None], str] = {}
    for name, one in wanted.items():
        other = taken.setdefault((one.medium, one.role, one.place), name)
        if other == name:
            continue
        if one.role == PRIMARY:
            yield name, "role", f"“{other}” is primary for {one.medium} already: there can be only one."
        elif one.place is not None:
            yield name, "place", f"“{other}” is the fallback in place {one.place} for {one.medium} already."


def _problem_in_place(role: str, place: int | None) -> str | None:
    if place is None:
        return None
    if role != FALLBACK:
        return "Only a fallback has a place."
    return None if place > 0 else "A number from 1, please."


# --- writing ------------------------------------------------------------------------------------------------------


def put(work: Work, name: str, wanted: Wanted) -> None:
    """Add the provider, inactive so far, or change what differs. Raises Wrong."""
    row = rows.named(work.session, name)
    if row is None:
        values = _values(work, wanted, None)
        write_new(
            work.session, name=name, kind=wanted.kind, medium=wanted.medium,
            values=values, signed=work.signed, vault=work.vault,
        )  # fmt: skip
        if values.made:
            work.made[name] = values.made
        return
    _refuse_another(row, wanted)
    values = _values(work, wanted, row)
    if _settings.told(row.kind, values.settings, values.secrets) != _told(row, work.vault)["settings"]:
        write_changed(work.session, row, values=values, signed=work.signed, vault=work.vault)


def _values(work: Work, wanted: Wanted, row: Row | None) -> Values:
    try:
        return _settings.values(work, plugin_named(wanted.kind), row, wanted.raw, wanted.references)
    except Refused as refused:
        raise Wrong(_placed(refused.problems)) from None


def _refuse(problems: Mapping[str, str | None]) -> None:
    """Raises Wrong where any key has a problem."""
    if found := _placed(problems):
        raise Wrong(found)


def _placed(problems: Mapping[str, str | None]) -> dict[Path, str]:
    """Each sentence at its path: the provider itself, one of its keys, or one of its settings."""
    places = {"name": ()} | {key: (key,) for key in KEYS}
    return {places.get(key, ("settings", key)): sentence for key, sentence in problems.items() if sentence}


def _refuse_another(row: Row, wanted: Wanted) -> None:
    sentence = "“{}” is for {} and stays so: give this one another name, or remove that one first."
    kept = {"kind": row.kind, "medium": row.medium}
    _refuse({key: sentence.format(row.name, was) for key, was in kept.items() if getattr(wanted, key) != was})
