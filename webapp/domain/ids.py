"""Ids as they come in from URLs and forms."""

import re

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def is_id(text: str) -> bool:
    """Whether this could be an id of ours. Anything else need not be looked up, and a database could not even search
    for some of it."""
    return bool(_ULID.fullmatch(text))
