"""In whose language and zone a page is written: found out once for a request, since each of its words needs it."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from babel import Locale
from flask import g
from flask_babel import get_locale, get_timezone, get_translations


@dataclass(frozen=True, slots=True)
class Reader:
    """``catalogue`` has the sentences of the language."""

    locale: Locale
    zone: tzinfo
    catalogue: Any


def reader() -> Reader:
    """The reader of what is being answered."""
    try:
        return g.reader
    except AttributeError:
        g.reader = Reader(get_locale() or Locale("en", "GB"), get_timezone() or UTC, get_translations())
        return g.reader


def local(at: datetime) -> datetime:
    """The moment by the reader's clock."""
    return at.astimezone(reader().zone)
