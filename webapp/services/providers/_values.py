"""What was filled in for a provider: parsed by its kind's Fields, its secrets apart."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.field import Value, idle, parse_fields
from webapp.domain.refusal import Missing, Refused, refuse_if
from webapp.domain.text import problem_in_line
from webapp.models.provider import Provider as Row
from webapp.providers import Provider, kinds, never_dialled
from webapp.vault import Unreadable, Vault

LONGEST_SETTING = 1000  # characters


@dataclass(frozen=True, slots=True)
class Values:
    """The settings and the secrets of one provider."""

    settings: dict[str, Value]
    secrets: dict[str, str]

    def sealed(self, vault: Vault) -> str:
        """The secrets as they are stored: nothing where there are none, so that no key is needed to read that."""
        return vault.seal(self.secrets) if self.secrets else ""


def plugin_named(kind: str) -> type[Provider]:
    """The plugin of a kind. Raises Missing."""
    if plugin := kinds().get(kind):
        return plugin
    raise Missing({"kind": f"There is no kind “{kind[:30]}”. There are: {', '.join(kinds())}."})


def parse(plugin: type[Provider], raw: Mapping[str, str], problems: Mapping[str, str | None] | None = None) -> Values:
    """The values of a kind from what was typed. Raises Refused naming each bad field, and the ``problems`` there are.

    A secret that another field switches off is not kept: what is not used cannot be lost.
    """
    problems = {**{name: _problem(text) for name, text in raw.items()}, **(problems or {})}
    values = {field.name: field.default for field in plugin.all_fields()}
    try:
        values |= parse_fields(plugin.all_fields(), raw)
        problems |= _blocked(plugin, values) | plugin.problems(values)
    except Refused as refused:
        problems |= refused.problems
    refuse_if(problems)
    secret, unused = {field.name for field in plugin.all_fields() if field.secret}, idle(plugin.fields, values)
    return Values(
        settings={name: value for name, value in values.items() if name not in secret},
        secrets={name: str(values[name]) for name in sorted(secret - unused) if values[name]},
    )


def parse_edited(row: Row, raw: Mapping[str, str], vault: Vault) -> Values:
    """The same for a provider that there is: a secret left blank stays as it is, while it goes to the same place.

    Raises Missing where its kind is not installed any more.
    """
    plugin = plugin_named(row.kind)
    kept = {name: value for name, value in _opened(row, vault).items() if not raw.get(name)}
    values = parse(plugin, {**raw, **kept})
    targets = [field for field in plugin.all_fields() if field.target]
    if moved := [field.label for field in targets if values.settings[field.name] != row.settings.get(field.name)]:
        sentence = f"{moved[0]} has changed: enter this again, so that it goes only where you mean it to."
        refuse_if({name: sentence for name in kept if name in values.secrets})
    return values


def problem_in_medium(plugin: type[Provider], medium: str) -> str | None:
    """What is wrong with sending a medium by a kind, as a sentence, or None."""
    if medium in plugin.media:
        return None
    return f"{plugin.label} is for {' or '.join(plugin.media)}, not for “{medium[:20]}”."


def _opened(row: Row, vault: Vault) -> dict[str, str]:
    """Its secrets; none where the key to them is lost, so that they have to be entered again."""
    try:
        return vault.open(row.secrets) if row.secrets else {}
    except Unreadable:
        return {}


def _blocked(plugin: type[Provider], values: Mapping[str, Value]) -> dict[str, str]:
    """The targets that nobody may ever dial, so that one need not try them out to be told."""
    targets = [field.name for field in plugin.all_fields() if field.target and field.kind == "text"]
    found = {name: never_dialled(str(values[name])) for name in targets if name not in idle(plugin.fields, values)}
    return {name: why for name, why in found.items() if why}


def _problem(text: str) -> str | None:
    return problem_in_line(text, longest=LONGEST_SETTING) if text.strip() else None
