"""Posting once: the same request under the same key gives the first answer again, however often it is asked."""

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
    """What was posted: the message's id, how many people it is for, and how many deliveries wait for them.
    ``replayed``: it had been posted before, under the same key. ``quotas``: what the poster may still post, where that
    is limited and this was counted."""

    id: str
    recipients: int
    deliveries: int
    replayed: bool = field(default=False, compare=False)
    quotas: tuple[Quota, ...] = field(default=(), compare=False)

    @property
    def answer(self) -> dict[str, Any]:
        """What whoever posts is told, the first time and each time again."""
        return {"id": self.id, "recipients": self.recipients, "deliveries": self.deliveries}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of one poster, and ``asked``, by which a request under it is known again. Who does not wait is told where
    another is posting under it at this moment."""

    poster: str
    word: str
    asked: str
    waits: bool = True

    def check(self) -> None:
        """Raises Refused where it is no key."""
        if problem := problem_in_line(self.word, longest=LONGEST_KEY):
            raise Refused({"key": problem})

    def answered(self) -> Posted | None:
        """What its first request was answered. Raises KeyReused where that was another one."""
        found = posted_under(db.session, poster=self.poster, key=self.word)
        if found is None:
            return None
        if found.request_hash != self.asked:
            raise KeyReused({"key": "This key was used for another request: use a new one."})
        return Posted(**found.answer, replayed=True)

    def take(self, session: Session) -> None:
        """Be the only one who posts under it, in any process, until the transaction ends. Raises InFlight."""
        if not take_key(session, poster=self.poster, key=self.word, waits=self.waits):
            raise InFlight({"key": _BUSY})

    def row(self, posted: Posted) -> dict[str, Any]:
        """What is kept of it."""
        asked = {"poster": self.poster, "key": self.word, "request_hash": self.asked}
        return {**asked, "message_id": posted.id, "answer": posted.answer}


def fingerprint(message: NotificationMessage) -> str:
    """The request as it was given, before anything is resolved, so that a repeat is known as one."""
    given = {one.name: getattr(message, one.name) for one in fields(message)}
    given |= {"attributes": dict(message.attributes)} | ({"at": None} if message.delay is not None else {})
    if not message.subscribers_only:
        del given["subscribers_only"]  # as it was before there were subscribers: keys are kept for months
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()


_lock, _busy = Lock(), set[tuple[str, str]]()


@contextmanager
def alone(key: Key | None) -> Iterator[None]:
    """Whoever does not wait is told at once where another in this process posts under the same key. Raises InFlight.

    SQLite has one writer, and nothing that says who it is: of two processes on it the later one waits for its turn,
    finds what the other has posted, and answers the same. On PostgreSQL ``Key.take`` knows of other processes too.
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
