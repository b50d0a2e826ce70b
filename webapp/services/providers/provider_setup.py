"""Providers: configured accounts of a kind, each of which sends one medium."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from webapp.database import writing
from webapp.domain.bounded import Bounded
from webapp.domain.field import Field
from webapp.domain.guide import Guide, Preset
from webapp.domain.refusal import Refused
from webapp.extensions import db
from webapp.models import provider as providers
from webapp.models.roles import INACTIVE, Signed
from webapp.providers import kinds_for_people
from webapp.services._changes import changed_meanwhile
from webapp.services._plugin_values import (
    media_for_people,
    parse,
    parse_edited,
    plugin_named,
    plugin_offered,
    problem_in_medium,
)
from webapp.services.providers import _casting
from webapp.services.providers._numbers import Hour, count
from webapp.services.providers._rows import LONGEST_NAME, NEW_VERSIONS, missing, named, target
from webapp.services.providers._view import ProviderView, show, show_one
from webapp.services.providers._writing import write_changed, write_new
from webapp.vault import Vault

__all__ = ["Hour", "Kind", "Overview", "ProviderView", "Saved"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_RESERVED = {"new"}  # names that would collide with addresses of screens


@dataclass(frozen=True, slots=True)
class Kind:
    """An installed kind of provider, its Fields, and what else it declares for people."""

    kind: str
    label: str
    summary: str
    media: tuple[str, ...]
    fields: tuple[Field, ...]
    guide: Guide | None
    presets: tuple[Preset, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Every provider; and the number of deliveries that wait for each medium that channels use but no active provider
    sends."""

    providers: list[ProviderView]
    missing: Mapping[str, Bounded]


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved provider; ``made`` are the secrets that Belfry made for it, by field name, shown this once."""

    provider: ProviderView
    made: Mapping[str, str] = field(default_factory=dict, repr=False)


# --- reading ------------------------------------------------------------------------------------------------------


def kinds() -> list[Kind]:
    """Every kind that is installed and that providers can be made of."""
    return [kind_named(kind=name) for name in kinds_for_people()]


def kind_named(*, kind: str) -> Kind:
    """One kind. Raises Missing."""
    plugin = plugin_offered(kind)
    return Kind(
        kind, plugin.label, plugin.summary, media_for_people(plugin), plugin.all_fields(), plugin.guide, plugin.presets
    )


def overview(*, now: datetime, vault: Vault) -> Overview:
    """Every provider with its numbers, and the media that have none."""
    numbers = count(now)
    views = show(providers.listed(db.session), vault, now, numbers)
    lacking = sorted((numbers.channels.keys() or {"email"}) - {view.medium for view in views if view.primary})
    return Overview(views, {medium: numbers.waiting(medium) for medium in lacking})


def listed(*, now: datetime, vault: Vault) -> list[ProviderView]:
    """Every provider, without the numbers: each primary first, then the fallbacks in their order, then by name."""
    return show(providers.listed(db.session), vault, now)


def get(*, name: str, now: datetime, vault: Vault, counted: bool = False) -> ProviderView:
    """One provider; with ``counted``, its numbers too. Raises Missing."""
    for view in overview(now=now, vault=vault).providers if counted else listed(now=now, vault=vault):
        if view.name == name:
            return view
    raise missing(name)


# --- changing -----------------------------------------------------------------------------------------------------


def add(
    *,
    kind: str,
    name: str,
    medium: str,
    raw: Mapping[str, str],
    activate: bool = False,
    keep_as_fallback: bool = False,
    by: str,
    now: datetime,
    vault: Vault,
) -> Saved:
    """Add a provider, inactive unless ``activate``; then the former primary becomes inactive, or a fallback where it is
    kept. Raises Refused naming each bad field, and where the name is taken.

    ``raw`` are the kind's Fields as they were typed; the secrets are stored encrypted and never shown again.
    """
    plugin = plugin_offered(kind)
    problems = {"name": problem_in_name(name), "medium": problem_in_medium(plugin, medium)}
    values = parse(plugin, raw, problems)
    signed = Signed(by, now)
    with writing(db.session) as session:
        providers.lock(session)
        if providers.named(session, name):
            raise Refused({"name": f"There is a provider named “{name}” already."})
        row = write_new(session, name=name, kind=kind, medium=medium, values=values, signed=signed, vault=vault)
        if activate:
            _casting.make_primary(session, row, signed, keep=keep_as_fallback)
        return Saved(show_one(row, vault), values.made)


def edit(
    *,
    name: str,
    version: int,
    raw: Mapping[str, str],
    activate: bool = False,
    keep_as_fallback: bool = False,
    by: str,
    now: datetime,
    vault: Vault,
) -> Saved:
    """Change the settings that were seen at ``version``. A secret that is left blank stays as it is.

    Raises Refused, also where a blank secret would be sent to a new target; Missing; Conflict where somebody else has
    changed it since.
    """
    seen = named(db.session, name)
    values = parse_edited(plugin_named(seen.kind), seen, raw, vault)
    with writing(db.session) as session:
        providers.lock(session)
        row = named(session, name)
        if row.version == version:
            signed = Signed(by, now)
            write_changed(session, row, values=values, signed=signed, vault=vault)
            if activate and row.role == INACTIVE:
                _casting.make_primary(session, row, signed, keep=keep_as_fallback)
            return Saved(show_one(row, vault), values.made)
    raise changed_meanwhile(target(name), *NEW_VERSIONS)


def problem_in_name(name: str) -> str | None:
    """What is wrong with the name of a new provider, as a sentence, or None."""
    if len(name) > LONGEST_NAME:
        return f"At most {LONGEST_NAME} characters, please: this has {len(name)}."
    if name in _RESERVED:
        return f"“{name}” cannot be a name."
    return None if _NAME.fullmatch(name) else "Letters, digits, “.”, “-” and “_”, please, such as smtp-main."
