"""The settings of a provider or a subscriber in a setup file. The file names the environment variable that holds each
secret."""

from collections.abc import Mapping

from webapp.domain.field import FORMER, Field, Value
from webapp.domain.refusal import refuse_if
from webapp.domain.secret_variable import PREFIX, may_be_secret_variable
from webapp.providers import Provider, kinds
from webapp.services._plugin_values import Row, Values, both, opened, parse, parse_edited
from webapp.services.setup._file import is_number, is_reference
from webapp.services.setup._shape import Entry
from webapp.services.setup._work import Secret, Work

_BY_REFERENCE = "A secret does not stand in the file. Put it into an environment variable and name that: "
_UNSET = "{} is not set in this environment, and there is no secret yet that could stay."


def told(kind: str, settings: Mapping[str, Value], secrets: Mapping[str, str]) -> Entry:
    """The settings in the form's order, with fields that the kind has added since, and without empty ones and those
    that it no longer has. Where the kind is not installed, all of them."""
    known, given = kinds().get(kind), {**settings, **{name: Secret(value) for name, value in secrets.items()}}
    if known is None:
        return dict(sorted(given.items()))
    told: Entry = {}
    for field in known.all_fields():
        names = both(field.name) if field.make else (field.name,)
        values = {name: given.get(name, field.default) for name in names}
        told |= {name: value for name, value in values.items() if not value == field.default == ""}
    return told


def typed(
    plugin: type[Provider], name: str, settings: Entry
) -> tuple[dict[str, str], dict[str, str], dict[str, str | None]]:
    """The settings as they would be typed, the variables of the secrets, and what is wrong with each."""
    raw, references, problems = dict[str, str](), dict[str, str](), dict[str, str | None]()
    for key, value in settings.items():
        field = _field(plugin, key)
        if field is not None and field.secret:
            problems[key] = _problem_in_reference(name, key, value)
            references[key] = value["env"] if problems[key] is None else ""
        else:
            problems[key] = _problem_in_setting(field, value)
            raw[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return raw, references, problems


def values(
    work: Work, plugin: type[Provider], row: Row | None, raw: Mapping[str, str], references: Mapping[str, str]
) -> Values:
    """The values, by the rules of the form. A secret whose variable is not set stays as it is; a new one must be set.
    Raises Refused."""
    kept = opened(row, work.vault) if row else {}
    told = {key: work.variables.get(name, "") for key, name in references.items()}
    refuse_if({key: _UNSET.format(references[key]) for key in told if not (told[key] or key in kept)})
    secret = {one.name for one in plugin.all_fields() if one.secret and not one.make}
    raw = {**raw, **{key: value for key, value in told.items() if value and key in secret}}
    given = {key: value for key, value in told.items() if value and key not in secret}
    return parse_edited(plugin, row, raw, work.vault, given=given) if row else parse(plugin, raw, kept=given)


def _field(plugin: type[Provider], key: str) -> Field | None:
    """The field of that name; for the former key of one that Belfry makes, that key's field."""
    fields = {one.name: one for one in plugin.all_fields()}
    made = {one.name + FORMER: one for one in fields.values() if one.make}
    return (made | fields).get(key)


def _problem_in_reference(name: str, key: str, value: object) -> str | None:
    example = f'{{ env = "{PREFIX}…" }}'
    if not is_reference(value):
        return f"{_BY_REFERENCE}{key} = {example}."
    if not may_be_secret_variable(value["env"]):  # pyright: ignore[reportIndexIssue]
        return f"A variable for a secret of {name} is called {PREFIX}… and has two more words: capitals, digits, “_”."
    return None


def _problem_in_setting(field: Field | None, value: object) -> str | None:
    if field is None:
        return None  # parsing reports unknown settings, and names the known ones
    if is_reference(value):
        return "This is no secret: write it here."
    wanted = {"number": "A number, please.", "switch": "true or false, please."}.get(field.kind)
    fits = {"number": is_number(value), "switch": isinstance(value, bool)}.get(field.kind, isinstance(value, str))
    return None if fits else wanted or "Text in quotation marks, please."
