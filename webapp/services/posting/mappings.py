"""Mappings: which events are posted on which channel, and for whom. The first one that matches counts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.event_rule import EventRule
from webapp.domain.posters import split
from webapp.domain.refusal import Missing, refuse_if
from webapp.extensions import db
from webapp.models import audit, mappings
from webapp.models import channel as channels
from webapp.models import user as users
from webapp.models.mappings import EventMapping
from webapp.services._changes import changed_meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingView(EventRule):
    """A mapping as it is shown."""

    id: int
    version: int


def listed() -> list[MappingView]:
    """Every mapping, in the order in which they are tried."""
    return [_view(row, name) for row, name in mappings.listed(db.session)]


def get(*, id: int) -> MappingView:
    """One of them. Raises Missing."""
    if (found := next((view for view in listed() if view.id == id), None)) is None:
        raise _missing()
    return found


def taking(*, type: str, source: str) -> MappingView | None:
    """The first mapping that matches such an event, or None."""
    return next((view for view in listed() if view.takes(type=type, source=source)), None)


def for_nobody(views: Sequence[MappingView]) -> frozenset[int]:
    """The ids of the mappings that are for people none of whom exists (any more): only subscribers get their events."""
    reached = still_there(views)
    return frozenset(view.id for view in views if view.recipients and not any(reached[view.id]))


def still_there(views: Sequence[MappingView]) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """By mapping id: those of its roles that somebody active has, and those of its people who still exist."""
    meant = {view.id: split(view.recipients) for view in views}
    named = users.taken(db.session, [name for _, people in meant.values() for name in people])
    held = users.roles_held(db.session) if any(roles for roles, _ in meant.values()) else set[str]()
    return {
        id: (tuple(role for role in roles if role in held), tuple(name for name in people if name in named))
        for id, (roles, people) in meant.items()
    }


def add(*, rule: EventRule, by: str, now: datetime) -> MappingView:
    """Add a mapping, which is tried last. Raises Refused."""
    rule = _checked(rule)
    with writing(db.session) as session:
        row = mappings.add(session, **_columns(session, rule))
        _note(session, "mapping added", row.id, by=by, now=now, after=asdict(rule))
        return _view(row, rule.channel)


def edit(*, id: int, version: int, rule: EventRule, by: str, now: datetime) -> MappingView:
    """Change the mapping that was seen at ``version``. Raises Refused, Missing, and Conflict where it has changed
    since."""
    rule, before = _checked(rule), get(id=id)
    with writing(db.session) as session:
        row = mappings.change(session, id=id, version=version, columns=_columns(session, rule))
        if row:
            _note(session, "mapping changed", id, by=by, now=now, before=_told(before), after=asdict(rule))
            return _view(row, rule.channel)
    raise changed_meanwhile(_target(id), "mapping changed")


def move(*, id: int, places: int, by: str, now: datetime) -> None:
    """Move a mapping by ``places``, later or (negative) earlier, at most to either end. Raises Missing."""
    before = get(id=id)
    with writing(db.session) as session:
        if mappings.move(session, id=id, by=places):
            _note(session, "mapping moved", id, by=by, now=now, after={"channel": before.channel, "places": places})


def remove(*, id: int, by: str, now: datetime) -> MappingView:
    """Remove a mapping and return what it was. Raises Missing."""
    before = get(id=id)
    with writing(db.session) as session:
        if mappings.remove(session, id=id):
            _note(session, "mapping removed", id, by=by, now=now, before=_told(before))
    return before


def _checked(rule: EventRule) -> EventRule:
    rule = replace(rule, type=rule.type.strip(), source=rule.source.strip())
    problems = rule.problems()
    problems["recipients"] = problems["recipients"] or _problem_in_names(rule.recipients)
    refuse_if({**problems, "channel": _problem_in_channel(rule.channel)})
    return rule


def _problem_in_channel(name: str) -> str | None:
    return None if channels.named(db.session, name) else f"There is no channel named “{name[:50]}”."


def _problem_in_names(recipients: Sequence[str]) -> str | None:
    _roles, people = split(recipients)
    known = users.taken(db.session, people)
    strangers = [name for name in people if name not in known]
    return f"There is nobody named {', '.join(f'“{name}”' for name in strangers[:3])}." if strangers else None


def _columns(session: Session, rule: EventRule) -> dict[str, Any]:
    channel = channels.named(session, rule.channel)
    assert channel  # noqa: S101 — it was there a moment ago, and channels stay
    return {
        "type": rule.type,
        "source": rule.source,
        "channel_id": channel.id,
        "recipients": list(rule.recipients),
    }


def _view(row: EventMapping, channel: str) -> MappingView:
    return MappingView(
        id=row.id, version=row.version, type=row.type, source=row.source, channel=channel,
        recipients=tuple(row.recipients),
    )  # fmt: skip


def _told(view: MappingView) -> dict[str, Any]:
    return {name: value for name, value in asdict(view).items() if name not in {"id", "version"}}


def _note(session: Session, what: str, id: int, *, by: str, now: datetime, **told: Any) -> None:
    audit.note(session, at=now, who=by, what=what, target=_target(id), **told)


def _target(id: int) -> str:
    return f"mapping:{id}"


def _missing() -> Missing:
    return Missing({"id": "There is no such mapping (any more)."})
