"""Ids that leave the database: ULIDs, which sort by time and never restart as integers would in a new database."""

from datetime import datetime

from ulid import ULID


def new_id(now: datetime) -> str:
    """A new id of 26 characters; ids of different milliseconds sort by time."""
    return str(ULID.from_datetime(now))
