"""Providers: configured accounts of a kind, one of which each medium is sent by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain import signals
from webapp.domain.alert import no_provider
from webapp.domain.field import Field
from webapp.domain.guide import Guide
from webapp.domain.reason import Reason
from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.extensions import db
from webapp.models import audit, holding
from webapp.models import provider as providers
from webapp.models.channel import ChannelMedium
from webapp.models.provider import Provider
from webapp.providers import kinds as registry
from webapp.services._changes import changed_meanwhile
from webapp.services.providers._values import Values, parse, parse_edited, plugin_named, problem_in_medium
from webapp.services.providers._view import ProviderView, count_queue, show, show_one
from webapp.vault import Vault

__all__ = ["Activated", "Kind", "Overview", "ProviderView"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_RESERVED = {"new"}  # stands where a name does in addresses
LONGEST_NAME = 50  # characters


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of provider that is installed, what it asks for, and what it tells beside that."""

    kind: str
    label: str
    summary: str
    media: tuple[str, ...]
    fields: tuple[Field, ...]
    guide: Guide | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Every provider; and, for each medium that channels use and no provider is active for, what waits there."""

    providers: list[ProviderView]
    missing: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Activated:
    """A provider that was activated, the one that was active instead, and how many deliveries were set free."""

    provider: ProviderView
    former: str | None
    released: int


# --- reading ------------------------------------------------------------------------------------------------------


def kinds() -> list[Kind]:
    """Every kind that is installed."""
    return [kind_named(kind=name) for name in registry()]


def kind_named(*, kind: str) -> Kind:
    """One kind. Raises Missing."""
    plugin = plugin_named(kind)
    return Kind(kind, plugin.label, plugin.summary, plugin.media, plugin.all_fields(), plugin.guide)


def overview(*, vault: Vault) -> Overview:
    """Every provider, and the media that have none."""
    queue = count_queue()
    views = show(providers.listed(db.session), vault, queue)
    used = set(db.session.scalars(select(ChannelMedium.medium).distinct())) or {"email"}
    lacking = sorted(used - {view.medium for view in views if view.active})
    return Overview(views, {medium: queue.waiting.get(medium, 0) for medium in lacking})


def listed(*, vault: Vault) -> list[ProviderView]:
    """Every provider: the active ones first, then by name."""
    return overview(vault=vault).providers


def get(*, name: str, vault: Vault) -> ProviderView:
    """One provider. Raises Missing."""
    return show_one(_named(db.session, name), vault, count_queue())


# --- changing -----------------------------------------------------------------------------------------------------


def add(
    *,
    kind: str,
    name: str,
    medium: str,
    raw: Mapping[str, str],
    activate: bool = False,
    by: str,
    now: datetime,
    vault: Vault,
) -> ProviderView:
    """Make a provider, inactive unless ``activate``. Raises Refused naming each bad field, and where the name is taken.

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
        told = {"kind": kind, "medium": medium, **_told(values)}
        row = providers.add(
            session, name=name, kind=kind, medium=medium, settings=values.settings, secrets=sealed, now=now
        )
        audit.note(session, at=now, who=by, what="provider added", target=_target(name), after=told)
        if activate:
            _activate(session, row, by=by, now=now)
        return show_one(row, vault)


def edit(
    *,
    name: str,
    version: int,
    raw: Mapping[str, str],
    activate: bool = False,
    by: str,
    now: datetime,
    vault: Vault,
) -> ProviderView:
    """Change the settings that were seen at ``version``. A secret that is left blank stays as it is.

    Raises Refused, also where a blank secret would follow its target to another place; Missing; Conflict where
    somebody else was faster.
    """
    values = parse_edited(_named(db.session, name), raw, vault)
    sealed = values.sealed(vault)
    with writing(db.session) as session:
        providers.lock(session)
        row = _named(session, name)
        if row.version == version:
            _change(session, row, values, sealed, by=by, now=now)
            if activate and row.role == "inactive":
                _activate(session, row, by=by, now=now)
            return show_one(row, vault)
    raise changed_meanwhile(_target(name))


def activate(*, name: str, by: str, now: datetime, vault: Vault) -> Activated:
    """Send the provider's medium by it from now on, instead of by the one that was; what was held goes out.

    Raises Missing, and Conflict where it is active already.
    """
    with writing(db.session) as session:
        providers.lock(session)
        row = _named(session, name)
        if row.role != "inactive":
            raise Conflict({"provider": f"{name} is active already."})
        former, released = _activate(session, row, by=by, now=now)
        return Activated(show_one(row, vault), former, released)


def deactivate(*, name: str, by: str, now: datetime, vault: Vault) -> ProviderView:
    """Send nothing further by it. What is in flight finishes, everything else waits for an active provider, and the
    administrators are told that it does.

    Raises Missing, and Conflict where it is inactive already.
    """
    with writing(db.session) as session:
        providers.lock(session)
        row = _named(session, name)
        if row.role == "inactive":
            raise Conflict({"provider": f"{name} is inactive already."})
        providers.make_inactive(session, row)
        audit.note(session, at=now, who=by, what="provider deactivated", target=_target(name))
        stranded = _strand(session, row, by=by, now=now)
        shown = show_one(row, vault)
    _tell(shown.medium, stranded)
    return shown


def remove(*, name: str, by: str, now: datetime) -> None:
    """Remove a provider, whatever its state, and forget its secrets. Its tries stay on record. Raises Missing."""
    with writing(db.session) as session:
        providers.lock(session)
        row = _named(session, name)
        told = {"kind": row.kind, "medium": row.medium, "role": row.role, "settings": row.settings}
        providers.remove(session, row, now=now)
        audit.note(session, at=now, who=by, what="provider removed", target=_target(name), before=told)
        stranded = _strand(session, row, by=by, now=now) if told["role"] == "primary" else 0
        medium = row.medium
    _tell(medium, stranded)


def _tell(medium: str, stranded: int) -> None:
    if stranded:
        signals.tell(signals.alerted, alert=no_provider(medium))


# --- inside a transaction -----------------------------------------------------------------------------------------


def _activate(session: Session, row: Provider, *, by: str, now: datetime) -> tuple[str | None, int]:
    """Gives the name of the one that was active instead, and how many deliveries went back into the queue."""
    former = providers.make_primary(session, row)
    instead = {"instead of": former.name} if former else None
    audit.note(session, at=now, who=by, what="provider activated", target=_target(row.name), before=instead)
    released = sum(
        holding.release(session, medium=row.medium, reason=reason, now=now, by=by)
        for reason in (Reason.NO_PROVIDER, Reason.PROVIDER_PAUSED)
    )
    return former.name if former else None, released


def _strand(session: Session, row: Provider, *, by: str, now: datetime) -> int:
    """What was to go out by it waits for another, also what waited for its pause to end."""
    holding.release(session, medium=row.medium, reason=Reason.PROVIDER_PAUSED, now=now, by=by)
    return holding.strand(session, medium=row.medium, reason=Reason.NO_PROVIDER, now=now, by=by)


def _change(session: Session, row: Provider, values: Values, sealed: str, *, by: str, now: datetime) -> None:
    before = dict(row.settings)
    providers.change(session, row, settings=values.settings, secrets=sealed, now=now)
    if row.role != "inactive":
        holding.release(session, medium=row.medium, reason=Reason.PROVIDER_PAUSED, now=now, by=by)
    audit.note(
        session,
        at=now,
        who=by,
        what="provider changed",
        target=_target(row.name),
        before={"settings": before},
        after=_told(values),
    )


def _named(session: Session, name: str) -> Provider:
    if (row := providers.named(session, name)) is None:
        raise Missing({"provider": f"There is no provider named “{name[:LONGEST_NAME]}”."})
    return row


def _target(name: str) -> str:
    return f"provider:{name}"


def _told(values: Values) -> dict[str, Any]:
    """For the audit: secrets by their names only."""
    return {"settings": values.settings, "secrets": sorted(values.secrets)}


def _problem_in_name(name: str) -> str | None:
    if len(name) > LONGEST_NAME:
        return f"At most {LONGEST_NAME} characters, please: this has {len(name)}."
    if name in _RESERVED:
        return f"“{name}” cannot be a name."
    return None if _NAME.fullmatch(name) else "Letters, digits, “.”, “-” and “_”, please, such as smtp-main."
