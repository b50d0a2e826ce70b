"""Ids that leave the database: ULIDs, which sort by time and never restart as integers would in a new database."""

from datetime import UTC, datetime

from ulid import ULID

_LENGTH, _OF_TIME = 26, 10  # characters in all, and those that say when
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def first_id(at: datetime) -> str:
    """The first id that something of that moment can have; of one before 1970, when no id begins, the very first."""
    return f"{str(ULID.from_datetime(max(at, _EPOCH)))[:_OF_TIME]}{'0' * (_LENGTH - _OF_TIME)}"


def new_id(now: datetime) -> str:
    """A new id of 26 characters; ids of different milliseconds sort by time."""
    return str(ULID.from_datetime(now))
