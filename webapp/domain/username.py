"""What a username looks like."""

import re

LONGEST_USERNAME = 50  # characters
_USERNAME = re.compile(rf"[a-z0-9._-]{{1,{LONGEST_USERNAME}}}")


def may_be_username(text: str) -> bool:
    """Whether somebody could have this username: small letters, digits, dots, _ and -."""
    return bool(_USERNAME.fullmatch(text))
