"""The history of a provider from the audit: who changed what, when and why. Secrets are only named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from webapp.domain.field import FORMER, Field
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.provider import Provider
from webapp.providers import kinds
from webapp.services.providers import tested
from webapp.services.providers._rows import CHANGED, named, target

PAGE = 50  # events


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one setting: its texts before and after, None where it was or is empty. Of a secret only ``fate``
    is told: "set", "replaced" or "removed"."""

    name: str
    label: str
    was: str | None = None
    now: str | None = None
    fate: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a history. ``what`` is as in the audit; ``version`` is the one that it made; ``told`` is whatever
    else the audit holds."""

    id: int
    at: datetime
    who: str
    what: str
    why: str | None
    version: int | None
    changes: tuple[Change, ...]
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Others:
    """What others have changed in settings that somebody has open: the last person, when, and all their changes as
    one."""

    who: str
    at: datetime
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The newest events first; ``older`` is the id to ask for the next page with, None on the last page."""

    events: tuple[Event, ...]
    older: int | None


def listed(*, name: str, before: int | None = None) -> Page:
    """A page of a provider's events, before the event ``before`` if given. Tests, which change nothing, are left out.
    Raises Missing."""
    row = named(db.session, name)
    wanted = _events(row).where(AuditEvent.what != tested.WHAT).order_by(AuditEvent.id.desc()).limit(PAGE + 1)
    if before is not None:
        wanted = wanted.where(AuditEvent.id < before)
    found = db.session.scalars(wanted).all()
    events = tuple(_event(row, event) for event in found[:PAGE])
    return Page(events, events[-1].id if len(found) > PAGE else None)


def since(*, name: str, version: int) -> Others | None:
    """The changes of the settings since ``version``; None where they are not on record any more. Raises Missing."""
    row = named(db.session, name)
    made = AuditEvent.after["version"].as_integer()
    later = db.session.scalars(_events(row).where(made > version).order_by(AuditEvent.id.desc())).all()
    if not later:
        return None
    before, after = later[-1].before or {}, later[0].after or {}
    replaced = {secret for event in later for secret in (event.after or {}).get("replaced", ())}
    net = tuple(_changes(row, before, {**after, "replaced": replaced}))
    return Others(later[0].who, later[0].at, net)


def _events(row: Provider) -> Any:
    """The provider's events. An earlier provider may have had the same name, so they begin where this one was added."""
    mine = AuditEvent.target == target(row.name)
    added = select(func.max(AuditEvent.id)).where(mine, AuditEvent.what == "provider added").scalar_subquery()
    return select(AuditEvent).where(mine, AuditEvent.id >= func.coalesce(added, 0))


def _event(row: Provider, event: AuditEvent) -> Event:
    before, after = event.before or {}, event.after or {}
    return Event(
        id=event.id,
        at=event.at,
        who=event.who,
        what=event.what,
        why=event.reason,
        version=after.get("version") or (1 if event.what == "provider added" else None),
        changes=tuple(_changes(row, before, after)) if event.what == CHANGED else (),
        told={**before, **after},
    )


def _changes(row: Provider, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    """In the order of the form; fields that the kind no longer has come last, by name."""
    plugin = kinds().get(row.kind)
    fields = {one.name: one for one in (plugin.all_fields() if plugin else ())}
    was, now = before.get("settings", {}), after.get("settings", {})
    names = [name for name in dict.fromkeys([*fields, *was, *now]) if was.get(name) != now.get(name)]
    for name in names:
        if name not in fields or (name in was or now.get(name) != fields[name].default):
            one = fields.get(name) or Field(name, name)
            yield Change(name, one.label, _text(one, was.get(name)), _text(one, now.get(name)))
    yield from _fates(fields, before, after)


def _fates(fields: Mapping[str, Field], before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    has, replaced = set(after.get("secrets", ())), set(after.get("replaced", ()))
    had = set(before.get("secrets", has))  # older lines of the audit lack it
    for name in sorted(had | has):
        fate = "replaced" if name in replaced else "set" if name not in had else "removed" if name not in has else None
        if fate and not name.endswith(FORMER):
            yield Change(name, fields[name].label if name in fields else name, fate=fate)


def _text(one: Field, value: Any) -> str | None:
    """A value as the form would show it."""
    if value in (None, ""):
        return None
    if isinstance(value, bool):
        return "on" if value else "off"
    return dict(one.choices).get(str(value), str(value))
