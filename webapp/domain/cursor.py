"""Cursor: where a page of a list ended, as an opaque word for a URL (keyset pagination); the next page begins after
it."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from webapp.domain.ids import is_id
from webapp.domain.refusal import Missing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row shown: its time and its id, by which the list is ordered."""

    at: datetime
    id: str

    def __str__(self) -> str:
        microseconds = (self.at - _EPOCH) // timedelta(microseconds=1)
        return base64.urlsafe_b64encode(f"{microseconds:x}.{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def read(cls, word: str) -> Self:
        """The cursor that was written as ``word``. Raises Missing where it is not valid."""
        try:
            text = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode("ascii")
            microseconds, _, last = text.partition(".")
            if not is_id(last):
                raise ValueError(last)
            return cls(_EPOCH + timedelta(microseconds=int(microseconds, 16)), last)
        except (ValueError, OverflowError, binascii.Error):
            raise Missing({"after": "There is no such page."}) from None
