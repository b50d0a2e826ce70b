"""Idempotency: the same request under the same key gets the first answer again, however often it is sent."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import InFlight, KeyReused, Refused
from webapp.domain.text import problem_in_line
from webapp.extensions import db
from webapp.models.message import posted_under, take_key
from webapp.services.posting.limits import Quota

LONGEST_KEY = 200  # characters
_BUSY = "A request with this key is being done at this moment."


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted: the message's id, its number of recipients, and its number of deliveries. ``replayed``: it had
    been posted before under the same key. ``quotas``: what the poster may still post, where that is limited and this
    post was counted."""

    id: str
    recipients: int
    deliveries: int
    replayed: bool = field(default=False, compare=False)
    quotas: tuple[Quota, ...] = field(default=(), compare=False)

    @property
    def answer(self) -> dict[str, Any]:
        """What the poster is told, the first time and at each repeat."""
        return {"id": self.id, "recipients": self.recipients, "deliveries": self.deliveries}


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key of one poster; ``asked`` is the hash by which a repeated request is recognised. Without
    ``waits``, a request is refused while another one with this key is being posted."""

    poster: str
    word: str
    asked: str
    waits: bool = True

    def check(self) -> None:
        """Raises Refused where the text cannot be a key."""
        if problem := problem_in_line(self.word, longest=LONGEST_KEY):
            raise Refused({"key": problem})

    def answered(self) -> Posted | None:
        """The answer to the first request under this key, or None. Raises KeyReused where that was a different
        request."""
        found = posted_under(db.session, poster=self.poster, key=self.word)
        if found is None:
            return None
        if found.request_hash != self.asked:
            raise KeyReused({"key": "This key was used for another request: use a new one."})
        return Posted(**found.answer, replayed=True)

    def take(self, session: Session) -> None:
        """Lock the key, for all processes, until the transaction ends. Raises InFlight."""
        if not take_key(session, poster=self.poster, key=self.word, waits=self.waits):
            raise InFlight({"key": _BUSY})

    def row(self, posted: Posted) -> dict[str, Any]:
        """The row that is stored for the key."""
        asked = {"poster": self.poster, "key": self.word, "request_hash": self.asked}
        return {**asked, "message_id": posted.id, "answer": posted.answer}


def fingerprint(message: NotificationMessage) -> str:
    """The hash of the request as it was given, before anything is resolved, so that a repeat has the same hash."""
    given = {one.name: getattr(message, one.name) for one in fields(message)}
    given |= {"attributes": dict(message.attributes)} | ({"at": None} if message.delay is not None else {})
    if not message.subscribers_only:
        del given["subscribers_only"]  # hashes from before there were subscribers still count: keys live for months
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()


_lock, _busy = Lock(), set[tuple[str, str]]()


@contextmanager
def alone(key: Key | None) -> Iterator[None]:
    """Without ``waits``, raises InFlight at once while another thread of this process posts under the same key.

    Between processes, SQLite's one write lock has no name for its holder: the later process waits for its turn, finds
    what the other has posted, and answers the same. On PostgreSQL ``Key.take`` covers other processes too.
    """
    if key is None or key.waits:
        yield
        return
    mine = (key.poster, key.word)
    with _lock:
        if mine in _busy:
            raise InFlight({"key": _BUSY})
        _busy.add(mine)
    try:
        yield
    finally:
        with _lock:
            _busy.discard(mine)
