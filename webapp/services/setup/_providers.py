"""The providers of a setup. A secret stands in the file as the name of the environment variable that holds it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.domain.field import FORMER, Field, Value
from webapp.domain.refusal import Refused
from webapp.domain.secret_variable import PREFIX, may_be_secret_variable
from webapp.models import provider as rows
from webapp.models.provider import Provider as Row
from webapp.models.roles import FALLBACK, INACTIVE, PRIMARY
from webapp.providers import Provider, kinds, kinds_for_people
from webapp.services._plugin_values import Values, both, opened, parse, parse_edited, plugin_named, problem_in_medium
from webapp.services.providers._view import needs_secrets
from webapp.services.providers._writing import write_changed, write_new
from webapp.services.providers.provider_setup import problem_in_name
from webapp.services.setup._file import is_number, is_reference
from webapp.services.setup._lines import Path
from webapp.services.setup._shape import Entry, Key, Wrong
from webapp.services.setup._work import Secret, Work
from webapp.vault import Vault

KEYS: Mapping[str, Key] = {
    "kind": Key("text", required=True),
    "medium": Key("text", required=True),
    "role": Key("text", default=INACTIVE),
    "place": Key("whole"),
    "settings": Key("table", default={}),
}
_ROLES = (PRIMARY, FALLBACK, INACTIVE)
_BY_REFERENCE = "A secret does not stand in the file. Put it into an environment variable and name that: "
_UNSET = "{} is not set in this environment, and there is no secret yet that could stay."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A provider as a file wants it: its settings as they would be typed, and its secrets' variables."""

    kind: str
    medium: str
    role: str
    place: int | None
    raw: Mapping[str, str]
    references: Mapping[str, str]


# --- reading ------------------------------------------------------------------------------------------------------


def stand(session: Session, vault: Vault) -> dict[str, Entry]:
    """Every provider as a file has it, with its secrets still in it."""
    return {row.name: _told(row, vault) for row in rows.listed(session)}


def lost(session: Session, vault: Vault) -> list[str]:
    """Those whose secrets cannot be opened any more, so that nobody can tell which they have."""
    return [row.name for row in rows.listed(session) if needs_secrets(row, vault)]


def _told(row: Row, vault: Vault) -> Entry:
    return {
        "kind": row.kind,
        "medium": row.medium,
        "role": row.role,
        "place": row.position if row.role == FALLBACK else None,
        "settings": _settings(row.kind, row.settings, opened(row, vault)),
    }


def _settings(kind: str, settings: Mapping[str, Value], secrets: Mapping[str, str]) -> Entry:
    """In the order of a form, with what the kind has learnt to ask since, and without what is left empty or is not
    asked any more; where the kind is not installed: all there is."""
    known, given = kinds().get(kind), {**settings, **{name: Secret(value) for name, value in secrets.items()}}
    if known is None:
        return dict(sorted(given.items()))
    told: Entry = {}
    for field in known.all_fields():
        names = both(field.name) if field.make else (field.name,)
        values = {name: given.get(name, field.default) for name in names}
        told |= {name: value for name, value in values.items() if not value == field.default == ""}
    return told


# --- checking -----------------------------------------------------------------------------------------------------


def check(name: str, entry: Entry) -> Wanted:
    """What is wanted, as far as it can be judged without the database. Raises Wrong."""
    if (plugin := kinds_for_people().get(entry["kind"])) is None:
        raise Wrong({("kind",): f"There is no such kind here. There are: {', '.join(kinds_for_people())}."})
    role, place = entry["role"], entry["place"]
    problems = {
        "name": problem_in_name(name),
        "medium": problem_in_medium(plugin, entry["medium"]),
        "role": None if role in _ROLES else f"One of {', '.join(_ROLES)}, please.",
        "place": _problem_in_place(role, place),
    }
    raw, references = dict[str, str](), dict[str, str]()
    for key, value in entry["settings"].items():
        field = _field(plugin, key)
        if field is not None and field.secret:
            problems[key] = _problem_in_reference(name, key, value)
            references[key] = value["env"] if problems[key] is None else ""
        else:
            problems[key] = _problem_in_setting(field, value)
            raw[key] = str(value).lower() if isinstance(value, bool) else str(value)
    _refuse(problems)
    return Wanted(kind=entry["kind"], medium=entry["medium"], role=role, place=place, raw=raw, references=references)


def check_together(wanted: Mapping[str, Wanted]) -> Iterator[tuple[str, str, str]]:
    """The provider, the key and the sentence, where two want the same."""
    taken: dict[tuple[str, str, int | None], str] = {}
    for name, one in wanted.items():
        other = taken.setdefault((one.medium, one.role, one.place), name)
        if other == name:
            continue
        if one.role == PRIMARY:
            yield name, "role", f"“{other}” is primary for {one.medium} already: there can be only one."
        elif one.place is not None:
            yield name, "place", f"“{other}” is the fallback in place {one.place} for {one.medium} already."


def _field(plugin: type[Provider], key: str) -> Field | None:
    """The field of that name; for the former one of a key that Belfry makes, that key's."""
    fields = {one.name: one for one in plugin.all_fields()}
    made = {one.name + FORMER: one for one in fields.values() if one.make}
    return (made | fields).get(key)


def _problem_in_place(role: str, place: int | None) -> str | None:
    if place is None:
        return None
    if role != FALLBACK:
        return "Only a fallback has a place."
    return None if place > 0 else "A number from 1, please."


def _problem_in_reference(name: str, key: str, value: object) -> str | None:
    example = f'{{ env = "{PREFIX}…" }}'
    if not is_reference(value):
        return f"{_BY_REFERENCE}{key} = {example}."
    if not may_be_secret_variable(value["env"]):  # pyright: ignore[reportIndexIssue]
        return f"A variable for a secret of {name} is called {PREFIX}… and has two more words: capitals, digits, “_”."
    return None


def _problem_in_setting(field: Field | None, value: object) -> str | None:
    if field is None:
        return None  # the kind says so itself, and which there are
    if is_reference(value):
        return "This is no secret: write it here."
    wanted = {"number": "A number, please.", "switch": "true or false, please."}.get(field.kind)
    fits = {"number": is_number(value), "switch": isinstance(value, bool)}.get(field.kind, isinstance(value, str))
    return None if fits else wanted or "Text in quotation marks, please."


# --- writing ------------------------------------------------------------------------------------------------------


def put(work: Work, name: str, wanted: Wanted) -> None:
    """Add it, inactive as yet, or change what differs. Raises Wrong."""
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
    if _settings(row.kind, values.settings, values.secrets) != _told(row, work.vault)["settings"]:
        write_changed(work.session, row, values=values, signed=work.signed, vault=work.vault)


def _values(work: Work, wanted: Wanted, row: Row | None) -> Values:
    """By the rules of the form. A secret whose variable is not set stays as it is; a new one cannot be guessed."""
    kept = opened(row, work.vault) if row else {}
    told = {key: work.variables.get(name, "") for key, name in wanted.references.items()}
    _refuse({key: _UNSET.format(wanted.references[key]) for key in told if not (told[key] or key in kept)})
    plugin = plugin_named(wanted.kind)
    typed = {one.name for one in plugin.all_fields() if one.secret and not one.make}
    raw = {**wanted.raw, **{key: value for key, value in told.items() if value and key in typed}}
    given = {key: value for key, value in told.items() if value and key not in typed}
    try:
        return parse_edited(plugin, row, raw, work.vault, given=given) if row else parse(plugin, raw, kept=given)
    except Refused as refused:
        raise Wrong(_placed(refused.problems)) from None


def _refuse(problems: Mapping[str, str | None]) -> None:
    """Raises Wrong where any key has a problem."""
    if found := _placed(problems):
        raise Wrong(found)


def _placed(problems: Mapping[str, str | None]) -> dict[Path, str]:
    """Each sentence where it belongs: at the provider itself, at one of its keys, or at one of its settings."""
    places = {"name": ()} | {key: (key,) for key in KEYS}
    return {places.get(key, ("settings", key)): sentence for key, sentence in problems.items() if sentence}


def _refuse_another(row: Row, wanted: Wanted) -> None:
    sentence = "“{}” is for {} and stays so: give this one another name, or remove that one first."
    kept = {"kind": row.kind, "medium": row.medium}
    _refuse({key: sentence.format(row.name, was) for key, was in kept.items() if getattr(wanted, key) != was})
