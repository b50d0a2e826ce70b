"""The simulator: what somebody would get of an imagined post, by the engine's own decisions.

While the decision is to wait, it decides again for the time at which that wait ends, until something is sent or nothing
ever will be.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.database import reading
from webapp.delivery.foresee import Draft, foresee
from webapp.domain.decision import Action, Decision, Facts, decide
from webapp.domain.medium import Medium
from webapp.domain.message import NotificationMessage
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models import channel as channels
from webapp.models import user as users
from webapp.models.channel import Channel
from webapp.services._times import times

MOST_STEPS = 12  # decisions to wait, one after another; a limit for waits that never end


@dataclass(frozen=True, slots=True)
class Step:
    """One decision, taken ``at``; if it is to wait, ``until`` when."""

    at: datetime
    action: Action
    reason: Reason | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Course:
    """What would become of the copy by one medium: at least one step. The last step ends it, unless the waits have no
    end."""

    medium: Medium
    steps: tuple[Step, ...]

    @property
    def end(self) -> Step:
        """What comes of it."""
        return self.steps[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """``sender`` is None for no particular sender. The inbox has the message at ``visible_at`` in any case."""

    sender: str | None
    channel: str
    visible_at: datetime
    required: bool
    courses: tuple[Course, ...]


def channel_titles() -> dict[str, str]:
    """The titles of all channels, by name."""
    rows = db.session.execute(select(Channel.name, Channel.title).order_by(Channel.title, Channel.name))
    return {row.name: row.title for row in rows}


def simulate(*, username: str, sender: str | None, channel: str, at: datetime, now: datetime) -> Simulated:
    """If ``sender`` posted on ``channel`` for ``username`` at that time, and nothing changed meanwhile; a time in the
    past is now. Raises Missing, naming the field."""
    with reading(db.session) as session:
        person, stream = users.named(session, username), channels.named(session, channel)
        poster = users.named(session, sender) if sender else None
        if person is None or stream is None:
            raise Missing({"channel": "There is no such channel."})
        if sender and poster is None:
            raise Missing({"sender": "There is no such person."})
        draft = _draft(stream, poster.id if poster else None, at, now)
        foreseen = foresee(session, draft, channel=stream, user_ids=[person.id])
        return Simulated(
            sender=poster.display_name if poster else None,
            channel=stream.title,
            visible_at=draft.visible_at,
            required=stream.required,
            courses=tuple(Course(Medium(one.medium), follow(one.facts, one.decision)) for one in foreseen),
        )


def follow(facts: Facts, decision: Decision) -> tuple[Step, ...]:
    """From the first decision to the one that ends it, assuming that the person reads nothing and no provider fails."""
    steps = [_step(facts, decision)]
    while decision.action is Action.WAIT and decision.at and len(steps) < MOST_STEPS:
        facts = facts._replace(now=decision.at)
        decision = decide(facts)
        steps.append(_step(facts, decision))
    return tuple(steps)


def _draft(channel: Channel, sender_id: int | None, at: datetime, now: datetime) -> Draft:
    message = NotificationMessage(channel=channel.name, subject="", body="", at=at)
    when = times(message, channel, now=now)
    return Draft(
        sender_id=sender_id,
        type=message.type,
        visible_at=when.visible_at,
        expires_at=when.expires_at,
        first_try=when.due_at,
    )


def _step(facts: Facts, decision: Decision) -> Step:
    return Step(facts.now, decision.action, decision.reason, decision.at)
