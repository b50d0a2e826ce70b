"""Alerts: what administrators must know, once per incident, in their inboxes and in the log."""

import logging
from datetime import datetime, timedelta

from webapp.database import reading, writing
from webapp.delivery import endpoints, health
from webapp.domain.alert import Alert
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.extensions import db
from webapp.models import channel as channels
from webapp.models import incident
from webapp.models import user as users
from webapp.models._ids import new_id
from webapp.services.posting import notifier

CHANNEL, SYSTEM = "belfry.alerts", "Belfry"
QUIET_FOR = timedelta(hours=1)  # nothing more about the same incident
_log = logging.getLogger(__name__)
_OPTIONS = ChannelOptions(
    title="Alerts",
    description="What Belfry itself has to tell its administrators.",
    media=(),
    immediate=True,
    posters=(),
)


def post(*, alert: Alert, now: datetime, public_url: str) -> bool:
    """Post the alert to every active administrator. Returns whether it was posted. The log gets a line for whatever is
    posted, and for an incident that has just begun.

    Nothing is posted where a process has told of the same incident within the hour, or nobody can be told;
    ``post_untold`` follows later. The channel is made when it is first needed. Only Belfry posts on it, and it uses no
    medium unless an administrator adds one. Without a ``public_url`` there is no link.
    """
    holder = new_id(now)
    with writing(db.session) as session:
        mark = incident.untold(session).get(alert.topic)
        mine = incident.take_telling(session, alert.topic, by=holder, now=now, quiet_for=QUIET_FOR)
        if mine:
            channels.opened(session, name=CHANNEL, options=_OPTIONS)
    if mine or mark:
        _log.log(logging.ERROR if alert.is_error else logging.WARNING, "%s", alert.subject)
    if not (mine and _tell_as(holder, alert, now, public_url)):
        return False
    _settle(alert.topic, mark)
    return True


def post_untold(*, now: datetime, public_url: str) -> None:
    """Post the alerts that were held back, because the same was told within the hour or nobody could be told, and that
    still hold.

    Of all processes, one posts each alert. Where that one dies before it has noted the post, it is posted again after
    the hour.
    """
    with reading(db.session) as session:
        marks = incident.untold(session)
        topics = marks.keys() - incident.quiet(session, marks, now=now, quiet_for=QUIET_FOR) if marks else ()
        still = [*health.still_so(session, now), *endpoints.still_so(session)] if topics else []
    by_topic = {alert.topic: alert for alert in still}
    for topic in topics:
        if alert := by_topic.get(topic):
            post(alert=alert, now=now, public_url=public_url)
        else:
            _settle(topic, marks[topic])


def _settle(topic: str, mark: str | None) -> None:
    if mark:
        with writing(db.session) as session:
            incident.settle(session, topic, mark)


def _tell_as(holder: str, alert: Alert, now: datetime, public_url: str) -> bool:
    try:
        return _tell(alert, now, public_url)
    except Exception:
        with writing(db.session) as session:  # otherwise nobody would be told within the hour
            incident.give_telling_back(session, alert.topic, by=holder)
        raise


def _tell(alert: Alert, now: datetime, public_url: str) -> bool:
    message = NotificationMessage(
        channel=CHANNEL,
        subject=alert.subject,
        body=alert.body,
        link=f"{public_url}{alert.link}" if public_url else None,
        roles=(Role.ADMIN,),
        type="alert",
    )
    if not users.has_active_admin(db.session):  # a program may still hear of it
        _log.warning("Nobody could be told: no person is an active administrator.")
    try:
        notifier.post_as_system(message=message, system=SYSTEM, now=now)
    except Refused as refused:  # such as: there is no administrator yet
        _log.warning("It could not be posted: %s", refused)
        return False
    return True
