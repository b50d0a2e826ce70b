"""Alerts: what administrators have to hear of, once an incident, in their inboxes and in the log."""

import logging
from datetime import datetime, timedelta

from webapp.database import writing
from webapp.domain.alert import Alert
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.extensions import db
from webapp.models import channel as channels
from webapp.models import job
from webapp.models import user as users
from webapp.models._ids import new_id
from webapp.services.posting import notifier

CHANNEL, SYSTEM = "belfry.alerts", "Belfry"
QUIET_FOR = timedelta(hours=1)  # nothing more of the same incident
_log = logging.getLogger(__name__)
_OPTIONS = ChannelOptions(
    title="Alerts",
    description="What Belfry itself has to tell its administrators.",
    media=(),
    immediate=True,
    posters=(),
)


def post(*, alert: Alert, now: datetime, public_url: str) -> bool:
    """Write one line to the log and post to every active administrator; gives whether it did.

    It does not where some process told of the same incident within the hour. The channel is made when it is first
    needed; nobody but Belfry posts on it, and it uses no medium unless an administrator adds one. Where Belfry does not
    know its own address (``public_url``), there is no link.
    """
    name, holder = f"alert {alert.topic}", new_id(now)
    with writing(db.session) as session:
        if not job.take_lease(session, name=name, holder=holder, now=now, until=now + QUIET_FOR):
            return False
        channels.opened(session, name=CHANNEL, options=_OPTIONS)
    try:
        _tell(alert, now, public_url)
    except Exception:
        with writing(db.session) as session:  # or nobody would be told within the hour
            job.give_lease_back(session, name=name, holder=holder)
        raise
    return True


def _tell(alert: Alert, now: datetime, public_url: str) -> None:
    _log.log(logging.ERROR if alert.is_error else logging.WARNING, "%s", alert.subject)
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
