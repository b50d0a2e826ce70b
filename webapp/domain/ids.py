"""Ids as they come back from addresses and forms."""

import re

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def is_id(text: str) -> bool:
    """Whether this could be an id of ours: anything else need not be looked up, and some of it cannot."""
    return bool(_ULID.fullmatch(text))
