"""Blanks: the places in a rendered text that are filled in for each reader at the moment of sending.

A body is stored once however many people receive it; what is one reader's own stands in it as a blank. A blank is a
name between two characters U+001A, which no text that people write can contain (``webapp.domain.text`` refuses it at
the door): whoever writes a blank's name in a message has written just that.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape

MARK = "\x1a"
_BLANK = re.compile(f"{MARK}([a-z]+){MARK}")


def blank(name: str) -> str:
    """What stands in a text until it is filled in."""
    return f"{MARK}{name}{MARK}"


RECIPIENT = blank("recipient")  # the reader's name
WHY = blank("why")  # "to you by name", after whose message it is and where
UNSUBSCRIBE = blank("unsubscribe")  # an address, where there is one for the channel


def beginning(text: str) -> str:
    """What stands before the first one; the whole text where there is none."""
    return _pieces(text)[0]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its blanks filled in. One that nobody has a value for is left out."""
    pieces = list(_pieces(text))
    pieces[1::2] = [values.get(name, "") for name in pieces[1::2]]
    return "".join(pieces)


@lru_cache(maxsize=32)
def _pieces(text: str) -> tuple[str, ...]:
    """What stands between the blanks, and, at every second place, the name of one."""
    return tuple(_BLANK.split(text))


def filled_html(html: str, values: Mapping[str, str]) -> str:
    """The same for a page: a value is text, whatever it contains."""
    return filled(html, {name: escape(value) for name, value in values.items()})


def problem_in_blanks(text: str) -> str | None:
    """What is wrong with the blanks of a text, or None: its marks stand round the names that there are."""
    rest = text.replace(RECIPIENT, "").replace(WHY, "").replace(UNSUBSCRIBE, "")
    return "The character U+001A may only stand round the name of a blank." if MARK in rest else None
