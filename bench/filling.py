"""A database as it is after years: rows by the million, of all states, most of them for a few who get everything."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, insert, select

from bench.installation import BODY, SENDER, Installation
from tests.support.house import CHANNEL
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models._ids import first_id
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification
from webapp.models.user import User
from webapp.runtime import runtime

READER = "rita"  # gets one copy of each of the newest messages, however many there are for others
READERS_COPIES = 100
DUE = 200  # first tries that are due now
_EACH = 100  # recipients of a message
_EVERY_NTH_PERSON = 100  # rows for one person, on average
_SPAN = timedelta(days=80)
_READ = 0.7
# Of a thousand that are finished or wait for what is to come; what is due now is apart.
_STATES = {
    "sent": 925, "delivered": 20, "filtered": 15, "cancelled": 10, "folded": 5, "undeliverable": 10, "unknown": 2,
    "retrying": 5, "held": 8,
}  # fmt: skip
_PENDING, _FAILED = {"queued", "retrying", "held"}, {"undeliverable", "unknown"}


def fill(installation: Installation, rows: int) -> None:
    """So many deliveries and as many copies in inboxes, newest last, and ``DUE`` more that wait for their first try."""
    installation.furnish(recipients=max(rows // _EVERY_NTH_PERSON, 2 * _EACH))
    installation.house.move_in(READER, role="operator")
    with installation.app.app_context(), db.engine.begin() as connection:
        _History(connection, runtime().now()).write(rows)


class _History:
    """Draws the same each time it is made."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._now, self._random = connection, now, random.Random(7)
        rows = connection.execute(select(User.username, User.id).order_by(User.id))
        people: dict[str, int] = {row.username: row.id for row in rows}
        self._reader, self._sender = people.pop(READER), people.pop(SENDER)
        self._people = list(people.values())
        self._zipf = list(accumulate(1 / place for place in range(1, len(people) + 1)))
        self._channel: int = connection.execute(select(Channel.id).where(Channel.name == CHANNEL)).scalar_one()

    def write(self, rows: int) -> None:
        """Message by message."""
        messages = rows // _EACH
        for number in range(messages):
            at = self._now - _SPAN * ((messages - number) / messages)
            self._write_one(number, at, list(self._states(_EACH)), for_reader=messages - number <= READERS_COPIES)
        for number in range(messages, messages + DUE // _EACH):
            self._write_one(number, self._now, ["queued"] * _EACH, for_reader=False)

    def _states(self, count: int) -> Iterator[str]:
        yield from self._random.choices(list(_STATES), cum_weights=list(accumulate(_STATES.values())), k=count)

    def _write_one(self, number: int, at: datetime, states: Sequence[str], *, for_reader: bool) -> None:
        message = _ids(at, number, 1)[0]
        shared = {"message_id": message, "channel_id": self._channel, "created_at": at}
        people = [self._reader] if for_reader else []
        people += self._drawn(len(states) - len(people))
        copies, deliveries = _ids(at, number, len(people)), _ids(at, number, len(people), "D")
        self._connection.execute(insert(table_of(Message)), [self._message(message, at)])
        self._connection.execute(
            insert(table_of(UserNotification)),
            [
                {**shared, "id": id_, "user_id": who, "visible_at": at, "why": "named", "read_at": self._read_at(at)}
                for id_, who in zip(copies, people, strict=True)
            ],
        )
        self._connection.execute(
            insert(table_of(Delivery)),
            [
                {**shared, **self._stands(state, at), "id": id_, "user_id": who, "notification_id": copy}
                for id_, who, copy, state in zip(deliveries, people, copies, states, strict=True)
            ],
        )

    def _drawn(self, count: int) -> list[int]:
        """Each once, and the first ones in nearly all."""
        found: dict[int, None] = {}
        while len(found) < count:
            found |= dict.fromkeys(self._random.choices(self._people, cum_weights=self._zipf, k=count))
        return list(found)[:count]

    def _read_at(self, at: datetime) -> datetime | None:
        return at + timedelta(minutes=5) if self._random.random() < _READ else None

    def _message(self, id_: str, at: datetime) -> dict[str, Any]:
        return {
            "id": id_, "channel_id": self._channel, "type": "message", "sender_id": self._sender,
            "subject": "Lunch at noon", "body": BODY, "attributes": {}, "created_at": at, "visible_at": at,
            "expires_at": at + timedelta(days=3650), "counted": {"inbox": _EACH, "email": _EACH},
        }  # fmt: skip

    def _stands(self, state: str, at: datetime) -> dict[str, Any]:
        later = self._now + timedelta(days=1)
        return {
            "medium": "email", "state": state, "generation": 1, "failures": int(state in _FAILED), "retries_left": 3,
            "crashes": 0, "raises": 0, "due_at": at if state not in _PENDING - {"queued"} else later,
            "expires_at": at + timedelta(days=3650), "ended_at": None if state in _PENDING else at,
            "reason": "no_provider" if state == "held" else None,
        }  # fmt: skip


def _ids(at: datetime, number: int, count: int, kind: str = "0") -> list[str]:
    """Of that moment, and no two alike."""
    beginning = first_id(at)[:10]
    return [f"{beginning}{number:010}{kind}{place:05}" for place in range(count)]
