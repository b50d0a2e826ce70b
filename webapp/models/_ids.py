"""Ids that leave the database: ULIDs, which sort by time and never restart as integers would in a new database."""

from datetime import UTC, datetime
from functools import lru_cache
from os import urandom
from threading import Lock

from ulid import ULID
from ulid.base32 import encode_randomness

_LENGTH, _OF_TIME = 26, 10  # characters in all, and those that say when
_OF_CHANCE = 10  # bytes
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Chance:
    """The random part of an id: within one millisecond, the last one plus 1. The library does the same, but takes more
    than twice as long; a large post needs twenty thousand ids."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._when, self._number = "", 0

    def next(self, when: str) -> str:
        with self._lock:
            self._number = self._number + 1 if when == self._when else int.from_bytes(urandom(_OF_CHANCE))
            self._when = when
            return encode_randomness(self._number.to_bytes(_OF_CHANCE))


_chance = _Chance()


def first_id(at: datetime) -> str:
    """The lowest id that something of that moment can have. Ids begin in 1970: for an earlier moment, the lowest of
    all."""
    return f"{_when(max(at, _EPOCH))}{'0' * (_LENGTH - _OF_TIME)}"


def new_id(now: datetime) -> str:
    """A new id of 26 characters. Ids sort by their millisecond; within one, those of one process sort in the order of
    their making, as long as it makes none for another millisecond in between."""
    when = _when(now)
    return when + _chance.next(when)


@lru_cache(maxsize=64)  # all that is written of a post, or of a lot, is of one moment
def _when(at: datetime) -> str:
    return str(ULID.from_datetime(at))[:_OF_TIME]
