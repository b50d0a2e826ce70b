"""Related messages: what a formatter may look up beside what it is given, loaded before it begins."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session

from webapp.domain.ids import is_id
from webapp.formatters import Related
from webapp.models._columns import table_of
from webapp.models.message import Message, UserNotification
from webapp.models.user import User

_message, _copy, _user = table_of(Message), table_of(UserNotification), table_of(User)
Known = Mapping[int, Mapping[str, tuple[int, Related]]]  # person's id → message's id → its channel's id and itself


def related(
    session: "Session | scoped_session[Session]",
    messages: Iterable[Mapping[str, Any]],
    user_ids: Iterable[int],
    *,
    now: datetime,
) -> Known:
    """The messages whose ids stand in attributes of ``messages``, as far as these people have them in their inboxes.
    Most attributes name none, and then no query is made."""
    named = {id_ for message in messages for id_ in _named(message)}
    if not named:
        return {}
    sender = func.coalesce(_user.c.display_name, _message.c.system_sender).label("sender")
    columns = [_message.c[name] for name in ("id", "channel_id", "subject", "body", "link", "created_at")]
    joined = _copy.join(_message, _copy.c.message_id == _message.c.id)
    joined = joined.outerjoin(_user, _message.c.sender_id == _user.c.id)
    theirs = _copy.c.user_id.in_(set(user_ids)), _copy.c.visible_at <= now, _copy.c.message_id.in_(named)
    found: dict[int, dict[str, tuple[int, Related]]] = {}
    for row in session.execute(select(_copy.c.user_id, sender, *columns).select_from(joined).where(*theirs)):
        one = Related(row.subject, row.body, row.link, row.sender, row.created_at)
        found.setdefault(row.user_id, {})[row.id] = row.channel_id, one
    return found


def of(message: Mapping[str, Any], user_id: int, known: Known) -> dict[str, Related]:
    """Those that one message names, of its own channel only: those of another may be nobody's business there."""
    theirs = known.get(user_id)
    if not theirs:
        return {}
    return {id_: theirs[id_][1] for id_ in _named(message) if id_ in theirs and theirs[id_][0] == message["channel_id"]}


def _named(message: Mapping[str, Any]) -> list[str]:
    return [value for value in message["attributes"].values() if isinstance(value, str) and is_id(value)]
