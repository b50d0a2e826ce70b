"""Subscriptions: what a person gets on a channel by a medium, seen and changed by a link in what they were sent.

Whoever holds the link may use it: a mail program does, on behalf of its reader, and knows no sign-in.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.database import reading, writing
from webapp.domain.decision import OFF, ON
from webapp.domain.masked import masked
from webapp.domain.medium import Medium
from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import db
from webapp.models import audit, channel, user, wishes
from webapp.models.wishes import Wish
from webapp.services.people import throttle
from webapp.tokens import Subscription

BY_LINK = "by the link in a message"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionView:
    """``wanted`` is what the person said last, or else yes. ``address`` is masked: the page is open to any bearer of
    the link, and such a mail may have been passed on."""

    display_name: str
    address: str | None
    channel: str
    medium: Medium
    wanted: bool
    required: bool


def get(*, subscription: Subscription | None) -> SubscriptionView:
    """The subscription as it stands. Raises Missing, also for None: a link that is none of ours."""
    with reading(db.session) as session:
        return _view(session, *_found(session, subscription))


def change(*, subscription: Subscription | None, wanted: bool, ip: str | None, now: datetime) -> SubscriptionView:
    """Turn it on or off; what is so already stays so, and is no second entry in the audit. Raises Missing, Conflict
    where a required channel is to be turned off, and Throttled after 10 in 5 minutes by one link: each is kept."""
    if subscription:
        throttle.count(keys=(throttle.link(subscription),), now=now, field="link")
    with writing(db.session) as session:
        found = _found(session, subscription)
        before = _view(session, *found)
        if before.required and not wanted:
            raise Conflict({"channel": f"Everybody has to get {before.channel}: it cannot be turned off."})
        if before.wanted != wanted:
            _write(session, *found, wanted=wanted, ip=ip, now=now)
        return _view(session, *found)


def _found(session: Session, it: Subscription | None) -> tuple[user.User, channel.Channel, Medium]:
    person = user.named(session, it.username) if it else None
    stream = channel.named(session, it.channel) if it else None
    if it is None or person is None or stream is None:
        raise Missing({"link": "This link is not one of Belfry's, or what it was about is no longer here."})
    return person, stream, Medium(it.medium)


def _view(session: Session, person: user.User, stream: channel.Channel, medium: Medium) -> SubscriptionView:
    said = wishes.preferences(session, [person.id], [stream.id])
    address = person.email if medium is Medium.EMAIL else person.phone
    return SubscriptionView(
        display_name=person.display_name,
        address=masked(address) if address else None,
        channel=stream.title,
        medium=medium,
        wanted=said.get((person.id, stream.id, medium.value), Wish(ON)).said != OFF,
        required=stream.required,
    )


def _write(
    session: Session,
    person: user.User,
    stream: channel.Channel,
    medium: Medium,
    *,
    wanted: bool,
    ip: str | None,
    now: datetime,
) -> None:
    wishes.prefer(session, user_id=person.id, channel_id=stream.id, medium=medium.value, wanted=wanted)
    about = {"channel": stream.name, "medium": medium.value}
    audit.note(
        session,
        at=now,
        who=person.username,
        what="preference changed",
        target=f"user:{person.username}",
        before=about | {"wanted": not wanted},
        after=about | {"wanted": wanted},
        reason=BY_LINK,
        ip=ip,
    )
