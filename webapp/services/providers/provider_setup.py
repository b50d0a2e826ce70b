"""Providers: configured accounts of a kind, by which media are sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.field import Field
from webapp.domain.guide import Guide, Preset
from webapp.domain.reason import Reason
from webapp.domain.refusal import Refused
from webapp.extensions import db
from webapp.models import audit
from webapp.models import provider as providers
from webapp.models.provider import Provider
from webapp.models.roles import INACTIVE, Signed
from webapp.providers import kinds as registry
from webapp.services._changes import changed_meanwhile
from webapp.services.providers import _casting
from webapp.services.providers._numbers import Hour, count
from webapp.services.providers._rows import CHANGED, LONGEST_NAME, NEW_VERSIONS, missing, named, target
from webapp.services.providers._values import Values, opened, parse, parse_edited, plugin_named, problem_in_medium
from webapp.services.providers._view import ProviderView, show, show_one
from webapp.vault import Vault

__all__ = ["Hour", "Kind", "Overview", "ProviderView", "Saved"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_RESERVED = {"new"}  # stands where a name does in addresses


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of provider that is installed, what it asks for, and what it tells beside that."""

    kind: str
    label: str
    summary: str
    media: tuple[str, ...]
    fields: tuple[Field, ...]
    guide: Guide | None
    presets: tuple[Preset, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Every provider; and, for each medium that channels use and no provider is active for, what waits there."""

    providers: list[ProviderView]
    missing: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Saved:
    """A provider as it is saved; ``made`` are the secrets that Belfry made for it, by their fields' names. They are
    told this once."""

    provider: ProviderView
    made: Mapping[str, str] = field(default_factory=dict, repr=False)


# --- reading ------------------------------------------------------------------------------------------------------


def kinds() -> list[Kind]:
    """Every kind that is installed."""
    return [kind_named(kind=name) for name in registry()]


def kind_named(*, kind: str) -> Kind:
    """One kind. Raises Missing."""
    plugin = plugin_named(kind)
    return Kind(kind, plugin.label, plugin.summary, plugin.media, plugin.all_fields(), plugin.guide, plugin.presets)


def overview(*, now: datetime, vault: Vault) -> Overview:
    """Every provider with its numbers, and the media that have none."""
    numbers = count(now)
    views = show(providers.listed(db.session), vault, now, numbers)
    lacking = sorted((numbers.channels.keys() or {"email"}) - {view.medium for view in views if view.primary})
    return Overview(views, {medium: numbers.waiting(medium) for medium in lacking})


def listed(*, now: datetime, vault: Vault) -> list[ProviderView]:
    """Every provider, without the numbers: each primary first, then the fallbacks in their order, then by name."""
    return show(providers.listed(db.session), vault, now)


def get(*, name: str, now: datetime, vault: Vault) -> ProviderView:
    """One provider, without the numbers. Raises Missing."""
    for view in listed(now=now, vault=vault):
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
    """Make a provider, inactive unless ``activate``; the one that was primary then is inactive, unless it is kept as
    fallback. Raises Refused naming each bad field, and where the name is taken.

    ``raw`` are the kind's Fields as they were typed; its secrets are sealed and never given back.
    """
    plugin = plugin_named(kind)
    problems = {"name": _problem_in_name(name), "medium": problem_in_medium(plugin, medium)}
    values = parse(plugin, raw, problems)
    sealed = values.sealed(vault)
    with writing(db.session) as session:
        providers.lock(session)
        if providers.named(session, name):
            raise Refused({"name": f"There is a provider named “{name}” already."})
        row = providers.add(
            session, name=name, kind=kind, medium=medium, settings=values.settings, secrets=sealed, now=now
        )
        told = {"kind": kind, "medium": medium, **_told(row, values)}
        audit.note(session, at=now, who=by, what="provider added", target=target(name), after=told)
        if activate:
            _casting.make_primary(session, row, Signed(by, now), keep=keep_as_fallback)
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

    Raises Refused, also where a blank secret would follow its target to another place; Missing; Conflict where
    somebody else was faster.
    """
    values = parse_edited(named(db.session, name), raw, vault)
    with writing(db.session) as session:
        providers.lock(session)
        row = named(session, name)
        if row.version == version:
            signed = Signed(by, now)
            _change(session, row, values, signed, vault)
            if activate and row.role == INACTIVE:
                _casting.make_primary(session, row, signed, keep=keep_as_fallback)
            return Saved(show_one(row, vault), values.made)
    raise changed_meanwhile(target(name), *NEW_VERSIONS)


def _change(session: Session, row: Provider, values: Values, signed: Signed, vault: Vault) -> None:
    kept = opened(row, vault)
    before = {"settings": dict(row.settings), "secrets": sorted(kept)}
    providers.change(session, row, settings=values.settings, secrets=values.sealed(vault), now=signed.at)
    if row.role != INACTIVE:
        _casting.release(session, row.medium, signed, Reason.PROVIDER_PAUSED)
    after = _told(row, values) | {"replaced": sorted(values.replaced(kept))}
    _casting.note(session, row, CHANGED, signed, before=before, after=after)


def _told(row: Provider, values: Values) -> dict[str, Any]:
    """For the audit: this version, with its secrets by their names only."""
    return {"version": row.version, "settings": values.settings, "secrets": sorted(values.secrets)}


def _problem_in_name(name: str) -> str | None:
    if len(name) > LONGEST_NAME:
        return f"At most {LONGEST_NAME} characters, please: this has {len(name)}."
    if name in _RESERVED:
        return f"“{name}” cannot be a name."
    return None if _NAME.fullmatch(name) else "Letters, digits, “.”, “-” and “_”, please, such as smtp-main."
