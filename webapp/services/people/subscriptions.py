"""Subscriptions: what a person gets on a channel by a medium, shown and changed by a link in what they were sent.

The link alone is enough: mail programs use it on behalf of their reader, without signing in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.database import reading, writing
from webapp.domain.decision import OFF, ON
from webapp.domain.digest import Digest
from webapp.domain.masked import masked
from webapp.domain.medium import Medium
from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import db
from webapp.models import channel, user
from webapp.models.wishes import Wish
from webapp.services._wishes import Copies, keep
from webapp.services.people import throttle
from webapp.tokens import Subscription

BY_LINK = "by the link in a message"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionView:
    """``wanted`` is the person's last choice, by default yes. ``digest`` is how often, in the time of ``tz``; None for
    each message at once. ``address`` is masked: the page is open to anybody with the link, and mails get forwarded."""

    display_name: str
    address: str | None
    channel: str
    medium: Medium
    wanted: bool
    digest: Digest | None
    tz: str
    required: bool


def get(*, subscription: Subscription | None) -> SubscriptionView:
    """The subscription as it is. Raises Missing, also for None: an invalid link."""
    with reading(db.session) as session:
        return _view(session, _found(session, subscription))


def change(*, subscription: Subscription | None, wanted: bool, ip: str | None, now: datetime) -> SubscriptionView:
    """Turn it on or off. Its digest is kept, so that turning it on again restores it. Without a change nothing is
    written into the audit. Raises as ``_change`` does."""
    return _change(subscription, lambda was: Wish(ON if wanted else OFF, was.digest), ip=ip, now=now)


def space_out(
    *, subscription: Subscription | None, digest: Digest | None, ip: str | None, now: datetime
) -> SubscriptionView:
    """Have messages sent together, once an hour or a day, or each at once again (None). Raises as ``_change`` does."""
    return _change(subscription, lambda _was: Wish(ON, digest), ip=ip, now=now)


def _change(
    subscription: Subscription | None, become: Callable[[Wish], Wish], *, ip: str | None, now: datetime
) -> SubscriptionView:
    """Raises Missing; Conflict for a required channel, which has no preferences; and Throttled after 10 changes in 5
    minutes by one link, since each is stored."""
    if subscription:
        throttle.count(keys=(throttle.link(subscription),), now=now, field="link")
    with writing(db.session) as session:
        copies = _found(session, subscription)
        before = copies.wish(session)
        after = become(before)
        if copies.stream.required and after != Wish(ON, before.digest):
            raise Conflict({"channel": f"Everybody has to get {copies.stream.title}: that cannot be changed."})
        keep(session, copies, before=before, after=after, now=now, reason=BY_LINK, ip=ip)
        return _view(session, copies)


def _found(session: Session, it: Subscription | None) -> Copies:
    person = user.named(session, it.username) if it else None
    stream = channel.named(session, it.channel) if it else None
    if it is None or person is None or stream is None:
        raise Missing({"link": "This link is not one of Belfry's, or what it was about is no longer here."})
    return Copies(person, stream, Medium(it.medium))


def _view(session: Session, copies: Copies) -> SubscriptionView:
    person, wish = copies.person, copies.wish(session)
    address = person.email if copies.medium is Medium.EMAIL else person.phone
    return SubscriptionView(
        display_name=person.display_name,
        address=masked(address) if address else None,
        channel=copies.stream.title,
        medium=copies.medium,
        wanted=wish.said != OFF,
        digest=wish.digest,
        tz=person.tz,
        required=copies.stream.required,
    )
