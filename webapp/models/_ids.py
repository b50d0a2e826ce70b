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
    """What is random of an id: the next number, where the one before is of the same millisecond. The library's own does
    the same, and takes more than twice as long; a large post has twenty thousand ids."""

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
    """The first id that something of that moment can have; of one before 1970, when no id begins, the very first."""
    return f"{_when(max(at, _EPOCH))}{'0' * (_LENGTH - _OF_TIME)}"


def new_id(now: datetime) -> str:
    """A new id of 26 characters. Ids sort by their milliseconds; those that a process makes of one as it makes them,
    as long as it makes none of another in between."""
    when = _when(now)
    return when + _chance.next(when)


@lru_cache(maxsize=64)  # all that is written of a post, or of a lot, is of one moment
def _when(at: datetime) -> str:
    return str(ULID.from_datetime(at))[:_OF_TIME]
