"""RFC 3339: how other systems write a time, with its zone."""

import re
from datetime import datetime

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def read(text: str) -> datetime:
    """The moment that is written so. Raises ValueError for all else, and TypeError for what is no text."""
    if not _TIME.fullmatch(text):
        raise ValueError(f"“{text[:40]}” is no time of RFC 3339.")
    return datetime.fromisoformat(text.upper())
