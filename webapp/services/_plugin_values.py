"""What was filled in for a provider or a subscriber: parsed by its kind's Fields, with the secrets apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from webapp.domain.field import FORMER, Field, Value, idle, read_fields
from webapp.domain.medium import FOR_PEOPLE
from webapp.domain.refusal import Missing, refuse_if
from webapp.domain.text import problem_in_body, problem_in_line
from webapp.models.provider import Provider as ProviderRow
from webapp.models.subscriber import Subscriber
from webapp.providers import Provider, kinds, kinds_for_people, never_dialled
from webapp.vault import Unreadable, Vault

LONGEST_SETTING = 1000  # characters of a setting of one line
LARGEST_SETTING = 64 * 1024  # bytes of a setting of several lines


Row = ProviderRow | Subscriber  # rows that hold a kind's values: settings in clear, secrets encrypted


@dataclass(frozen=True, slots=True)
class Values:
    """The settings and the secrets of one row; ``made`` are the secrets that Belfry has just made."""

    settings: dict[str, Value]
    secrets: dict[str, str]
    made: dict[str, str] = field(default_factory=dict)

    def replaced(self, kept: Mapping[str, str]) -> list[str]:
        """The names of the secrets that differ from the ``kept`` ones."""
        return [name for name, secret in self.secrets.items() if kept.get(name, secret) != secret]

    def sealed(self, vault: Vault) -> str:
        """The secrets as they are stored; empty where there are none, so that reading them needs no key."""
        return vault.seal(self.secrets) if self.secrets else ""


def plugin_named(kind: str) -> type[Provider]:
    """The plugin of a kind. Raises Missing."""
    if plugin := kinds().get(kind):
        return plugin
    raise _no_kind(kind)


def plugin_offered(kind: str) -> type[Provider]:
    """The plugin of a kind that providers can have. Raises Missing."""
    if plugin := kinds_for_people().get(kind):
        return plugin
    raise _no_kind(kind)


def _no_kind(kind: str) -> Missing:
    return Missing({"kind": f"There is no kind “{kind[:30]}”. There are: {', '.join(kinds_for_people())}."})


def parse(
    plugin: type[Provider],
    raw: Mapping[str, str],
    problems: Mapping[str, str | None] | None = None,
    *,
    kept: Mapping[str, str] | None = None,
) -> Values:
    """The values of a kind from what was typed. Raises Refused naming each bad field, together with the given
    ``problems``.

    ``kept`` are the present secrets: each stays unless another was typed, and Belfry makes a secret of its own only
    where there is none. A secret that another field switches off is dropped: what is not stored cannot leak.
    """
    typed, made = _told_apart(plugin.all_fields())
    known = {name: secret for name, secret in (kept or {}).items() if not raw.get(name)}
    keys = {name: known[name] for one in made for name in both(one.name) if name in known}
    raw = plugin.tidied({**raw, **{one.name: known[one.name] for one in typed if one.name in known}})
    sound, bad = read_fields(typed, raw)
    values = {**{one.name: one.default for one in plugin.all_fields()}, **sound}
    # All at once: what is wrong with the others does not wait until the bad ones are mended.
    found = _blocked(plugin, values) | plugin.problems({**values, **keys})
    refuse_if({**_problems(plugin, raw), **(problems or {}), **found, **bad})
    unused = idle(plugin.all_fields(), values)
    secrets = {one.name: str(values[one.name]) for one in typed if one.secret and one.name not in unused}
    fresh = {one.name: one.make() for one in made if one.make and one.name not in unused | known.keys()}
    stays = {name: key for name, key in keys.items() if name.removesuffix(FORMER) not in unused}
    return Values(
        settings={one.name: values[one.name] for one in typed if not one.secret},
        secrets={name: secret for name, secret in sorted({**secrets, **stays, **fresh}.items()) if secret},
        made=fresh,
    )


def parse_edited(
    plugin: type[Provider],
    row: Row,
    raw: Mapping[str, str],
    vault: Vault,
    *,
    problems: Mapping[str, str | None] | None = None,
    given: Mapping[str, str] | None = None,
) -> Values:
    """The same for an existing row: a secret left blank stays as it is, as long as its target does not change.

    ``given`` are secrets that Belfry has made, here or elsewhere, in place of the present ones.
    """
    kept = {**opened(row, vault), **(given or {})}
    values = parse(plugin, raw, problems, kept=kept)
    targets = [one for one in plugin.all_fields() if one.target]
    if moved := [one.label for one in targets if values.settings[one.name] != row.settings.get(one.name)]:
        sentence = f"{moved[0]} has changed: enter this again, so that it goes only where you mean it to."
        sent_there = {one.name for one in plugin.all_fields() if one.secret and not one.make}
        refuse_if({name: sentence for name in kept if name in sent_there & values.secrets.keys() and not raw.get(name)})
    return values


def both(name: str) -> tuple[str, str]:
    """The names of a secret that Belfry makes, and of the former one."""
    return name, name + FORMER


def problem_in_medium(plugin: type[Provider], medium: str) -> str | None:
    """Why this kind cannot send the medium, as a sentence, or None where it can."""
    media = media_for_people(plugin)
    return None if medium in media else f"{plugin.label} is for {' or '.join(media)}, not for “{medium[:20]}”."


def media_for_people(plugin: type[Provider]) -> tuple[str, ...]:
    """The media that a provider of this kind can be for, in the kind's order."""
    return tuple(medium for medium in plugin.media if medium in FOR_PEOPLE)


def opened(row: Row, vault: Vault) -> dict[str, str]:
    """The row's secrets; empty where the encryption key is lost, so that they have to be entered again."""
    try:
        return vault.open(row.secrets) if row.secrets else {}
    except Unreadable:
        return {}


def _blocked(plugin: type[Provider], values: Mapping[str, Value]) -> dict[str, str]:
    """An error for each target that may never be dialled, so that nobody has to try it out to learn so."""
    targets = [field.name for field in plugin.all_fields() if field.target and field.kind == "text"]
    found = {name: never_dialled(str(values[name])) for name in targets if name not in idle(plugin.fields, values)}
    return {name: why for name, why in found.items() if why}


def _told_apart(fields: Iterable[Field]) -> tuple[list[Field], list[Field]]:
    """The fields that are typed in, and the secrets that Belfry makes."""
    fields = tuple(fields)
    return [one for one in fields if not one.make], [one for one in fields if one.make]


def _problems(plugin: type[Provider], raw: Mapping[str, str]) -> dict[str, str | None]:
    """What is wrong with each text by itself, before it is parsed."""
    long = {one.name for one in plugin.all_fields() if one.kind == "lines"}
    return {name: _problem(text, lines=name in long) for name, text in raw.items()}


def _problem(text: str, *, lines: bool) -> str | None:
    if not text.strip():
        return None
    if lines:
        return problem_in_body(text, largest=LARGEST_SETTING)
    return problem_in_line(text, longest=LONGEST_SETTING)
