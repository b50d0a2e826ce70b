"""Ids that leave the database: ULIDs, which sort by time and never restart as integers would in a new database."""

from base64 import b32encode
from datetime import UTC, datetime
from functools import lru_cache
from os import urandom

from ulid import ULID

_LENGTH, _OF_TIME = 26, 10  # characters in all, and those that say when
_RANDOM = 10  # bytes
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The digits of RFC 4648 into Crockford's, which ULIDs are written in.
_DIGITS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def first_id(at: datetime) -> str:
    """The first id that something of that moment can have; of one before 1970, when no id begins, the very first."""
    return f"{_beginning(max(at, _EPOCH))}{'0' * (_LENGTH - _OF_TIME)}"


def new_id(now: datetime) -> str:
    """A new id of 26 characters; ids of different milliseconds sort by time."""
    return _beginning(now) + b32encode(urandom(_RANDOM)).translate(_DIGITS).decode()


@lru_cache(maxsize=16)
def _beginning(at: datetime) -> str:
    """What all ids of a moment begin with: many are made at the same."""
    return str(ULID.from_datetime(at))[:_OF_TIME]
