"""Blanks: the places in a rendered text that are filled in for each reader at the moment of sending.

A body is stored once however many people receive it; what differs for each reader stands in it as a blank. A blank is a
name between two characters U+001A. People's own texts cannot contain that character (``webapp.domain.text`` refuses
it), so nobody can write a blank into a message.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape

MARK = "\x1a"
_BLANK = re.compile(f"{MARK}([a-z]+){MARK}")


def blank(name: str) -> str:
    """The blank of that name."""
    return f"{MARK}{name}{MARK}"


RECIPIENT = blank("recipient")  # the reader's name
WHY = blank("why")  # "to you by name", after whose message it is and where
UNSUBSCRIBE = blank("unsubscribe")  # an address, where there is one for the channel


def beginning(text: str) -> str:
    """The text before the first blank; the whole text where there is none."""
    return _pieces(text)[0]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its blanks filled in; one without a value becomes empty."""
    pieces = list(_pieces(text))
    pieces[1::2] = [values.get(name, "") for name in pieces[1::2]]
    return "".join(pieces)


@lru_cache(maxsize=32)
def _pieces(text: str) -> tuple[str, ...]:
    """The texts between the blanks; every second item is the name of a blank."""
    return tuple(_BLANK.split(text))


def filled_html(html: str, values: Mapping[str, str]) -> str:
    """The same for HTML: values are escaped."""
    return filled(html, {name: escape(value) for name, value in values.items()})


def problem_in_blanks(text: str) -> str | None:
    """What is wrong with the blanks of a text, or None: marks may only enclose the names of known blanks."""
    rest = text.replace(RECIPIENT, "").replace(WHY, "").replace(UNSUBSCRIBE, "")
    return "The character U+001A may only stand round the name of a blank." if MARK in rest else None
