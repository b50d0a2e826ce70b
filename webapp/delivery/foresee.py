"""What would be decided about something that has not been posted: the engine's own decision, with nothing written.

The count before a post, and what a person is shown of their own preferences, rest on this.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.delivery.load import facts
from webapp.delivery.lot import Kind, Loaded
from webapp.delivery.routes import Route, media_routes, serving
from webapp.domain.decision import Decision, Facts, decide
from webapp.formatters import candidates
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.leases import Leased
from webapp.models.user import User
from webapp.models.wishes import wishes

_AT_ONCE = 1000  # people in one statement: databases bound the number of parameters
_user = table_of(User)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is about to be posted, as far as a decision needs it. ``sender_id`` is None where Belfry itself posts. The
    decision is taken for the moment ``first_try``: a channel that batches tries nothing before then."""

    sender_id: int | None
    type: str
    visible_at: datetime
    expires_at: datetime
    first_try: datetime


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would be decided for one person by one medium, and the facts it would rest on."""

    user_id: int
    medium: str
    facts: Facts
    decision: Decision


def foresee(session: Session, draft: Draft, *, channel: Channel, user_ids: Sequence[int]) -> list[Foreseen]:
    """The first decision on each delivery that posting ``draft`` to these people would make, in their order."""
    rows: dict[int, Mapping[str, Any]] = {}
    for some in _lots(user_ids):
        found = session.execute(select(_user).where(_user.c.id.in_(some))).mappings()
        rows |= {row["id"]: cast(Mapping[str, Any], row) for row in found}
    return foresee_for(session, draft, channel=channel, people=[rows[id_] for id_ in user_ids if id_ in rows])


def foresee_for(
    session: Session, draft: Draft, *, channel: Channel, people: Sequence[Mapping[str, Any]]
) -> list[Foreseen]:
    """The same for people whose rows are loaded already."""
    ways, found = media_routes(session), []
    for some in _lots(people):
        for loaded in _lot(session, draft, channel, some, ways):
            known = facts(loaded, draft.first_try)
            found.append(Foreseen(loaded.leased.person_id, loaded.leased.medium, known, decide(known)))
    return found


def _lots(several: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (several[start : start + _AT_ONCE] for start in range(0, len(several), _AT_ONCE))


def _lot(
    session: Session, draft: Draft, channel: Channel, people: Sequence[Mapping[str, Any]], ways: Mapping[str, Route]
) -> list[Loaded]:
    wanted = wishes(session, [person["id"] for person in people], [channel.id])
    message = {"sender_id": draft.sender_id, "type": draft.type, "visible_at": draft.visible_at}
    possible = candidates(channel.name, channel.formatter)
    stream = {"name": channel.name, "formatters": possible, "required": channel.required, "every_s": channel.every_s}
    policy, media = channel.policy.as_word(), [row.medium for row in channel.media]
    accounts, stand_ins = serving(ways, draft.first_try)
    return [
        Loaded(
            _as_if_leased(person["id"], channel.id, medium, draft),
            Kind.FRESH,
            message,
            person,
            stream,
            policy,
            accounts.get(medium),
            None,
            wishes=wanted,
            stands_in_for=stand_ins.get(medium),
        )
        for person in people
        for medium in media
    ]


def _as_if_leased(user_id: int, channel_id: int, medium: str, draft: Draft) -> Leased:
    """A delivery that does not exist: fresh, with no try behind it."""
    return Leased("", "", user_id, channel_id, medium, 1, 0, 0, 0, None, draft.expires_at, None, "")
