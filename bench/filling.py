"""A database as after years of use: millions of rows in all states, with a few people who get most of them.

Who gets what is drawn here, at random; the database then makes the rows from that, which is ten times as fast.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    case,
    func,
    insert,
    literal,
    null,
    select,
)

from bench.installation import BODY, SENDER, Installation
from tests.support.house import CHANNEL
from webapp.database import UTCDateTime
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models._ids import first_id
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification
from webapp.models.user import User
from webapp.runtime import runtime

FIRST = "p00000"  # the person who gets most
READER = "rita"  # gets one copy of each of the newest messages, whatever the number of rows
READERS_COPIES = 100
DUE = 200  # first tries that are due now
_EACH = 100  # recipients of a message
_EVERY_NTH_PERSON = 100  # rows for one person, on average
_SPAN, _LONG = timedelta(days=80), timedelta(days=3650)
_READ = 0.7
# Of a thousand deliveries that have ended or wait; those that are due now are extra.
_STATES = {
    "sent": 925, "delivered": 20, "filtered": 15, "cancelled": 10, "folded": 5, "undeliverable": 10, "unknown": 2,
    "retrying": 5, "held": 8,
}  # fmt: skip
_PENDING = ("queued", "retrying", "held")
_message, _copy, _delivery = (table_of(model) for model in (Message, UserNotification, Delivery))
# Who gets which message, and its state. ``place`` becomes the end of the new rows' ids.
_drawn = Table(
    "drawn", MetaData(),
    Column("message_id", String(26)), Column("place", String(5)), Column("user_id", Integer),
    Column("state", String(15)), Column("read", Boolean),
    prefixes=["TEMPORARY"],
)  # fmt: skip


def fill(installation: Installation, rows: int) -> None:
    """Make so many deliveries and as many copies, newest last, and ``DUE`` more that wait for their first try."""
    installation.furnish(recipients=max(rows // _EVERY_NTH_PERSON, 2 * _EACH))
    installation.house.move_in(READER, role="operator")
    with installation.app.app_context(), db.engine.begin() as connection:
        now = runtime().now()
        _drawn.create(connection)
        _Draw(connection, now).write(rows)
        connection.execute(_copies())
        connection.execute(_deliveries(later=now + timedelta(days=1)))


class _Draw:
    """Draws at random, but the same in each run."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._now, self._random = connection, now, random.Random(7)
        rows = connection.execute(select(User.username, User.id).order_by(User.id))
        people: dict[str, int] = {row.username: row.id for row in rows}
        self._reader, self._sender = people.pop(READER), people.pop(SENDER)
        self._people = list(people.values())
        self._zipf = list(accumulate(1 / place for place in range(1, len(people) + 1)))
        self._channel: int = connection.execute(select(Channel.id).where(Channel.name == CHANNEL)).scalar_one()

    def write(self, rows: int) -> None:
        """Write the messages and who gets them."""
        count, due = rows // _EACH, DUE // _EACH
        for number in range(count):
            at = self._now - _SPAN * ((count - number) / count)
            states = self._random.choices(list(_STATES), weights=list(_STATES.values()), k=_EACH)
            self._write_one(number, at, states, for_reader=count - number <= READERS_COPIES)
        for number in range(count, count + due):
            self._write_one(number, self._now, ["queued"] * _EACH, for_reader=False)

    def _write_one(self, number: int, at: datetime, states: list[str], *, for_reader: bool) -> None:
        id_ = f"{first_id(at)[:10]}{number:010}000000"
        self._connection.execute(insert(_message), [self._row(id_, at)])
        people = [self._reader, *self._some(_EACH - 1)] if for_reader else self._some(_EACH)
        self._connection.execute(
            insert(_drawn),
            [
                {"message_id": id_, "place": f"{place:05}", "user_id": who, "state": state, "read": read}
                for place, (who, state, read) in enumerate(zip(people, states, self._readings(), strict=False))
            ],
        )

    def _some(self, count: int) -> list[int]:
        """Different people; the first ones are nearly always among them (Zipf's law)."""
        found: dict[int, None] = {}
        while len(found) < count:
            found.update(dict.fromkeys(self._random.choices(self._people, cum_weights=self._zipf, k=count)))
        return list(found)[:count]

    def _readings(self) -> Iterator[bool]:
        while True:
            yield self._random.random() < _READ

    def _row(self, id_: str, at: datetime) -> dict[str, Any]:
        return {
            "id": id_, "channel_id": self._channel, "type": "message", "sender_id": self._sender,
            "subject": "Lunch at noon", "body": BODY, "attributes": {}, "created_at": at, "visible_at": at,
            "expires_at": at + _LONG, "counted": {"inbox": _EACH, "email": _EACH},
        }  # fmt: skip


def _copies() -> Any:
    at = _message.c.created_at
    columns = {
        "id": _id("C"), "message_id": _message.c.id, "user_id": _drawn.c.user_id, "channel_id": _message.c.channel_id,
        "created_at": at, "visible_at": at, "read_at": case((_drawn.c.read, at), else_=null()),
        "starred": literal(False), "why": literal("named"),
    }  # fmt: skip
    return insert(_copy).from_select(list(columns), _of_drawn(columns))


def _deliveries(*, later: datetime) -> Any:
    at, state = _message.c.created_at, _drawn.c.state
    pending = state.in_(_PENDING)
    columns = {
        "id": _id("D"), "message_id": _message.c.id, "user_id": _drawn.c.user_id, "notification_id": _id("C"),
        "channel_id": _message.c.channel_id, "state": state,
        "medium": case((state == "held", literal("sms")), else_=literal("email")),  # SMS has no provider
        "reason": case((state == "held", literal("NO_PROVIDER")), else_=null()),
        "generation": literal(1), "failures": literal(0), "retries_left": literal(3), "crashes": literal(0),
        "raises": literal(0), "created_at": at, "expires_at": _message.c.expires_at,
        "due_at": case((state.in_(_PENDING[1:]), literal(later, UTCDateTime())), else_=at),
        "ended_at": case((pending, null()), else_=at),
    }  # fmt: skip
    return insert(_delivery).from_select(list(columns), _of_drawn(columns))


def _of_drawn(columns: dict[str, Any]) -> Select[*tuple[Any, ...]]:
    joined = _drawn.join(_message, _message.c.id == _drawn.c.message_id)
    named = (column.label(name) for name, column in columns.items())
    return select(*named).select_from(joined)


def _id(kind: str) -> Any:
    """The id of the message with another end."""
    return func.substr(_message.c.id, 1, 20).concat(kind).concat(_drawn.c.place)
