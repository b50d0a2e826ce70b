"""Fitting a text into what a medium can carry, using as much of the room as possible."""

import unicodedata

from webapp.domain.segments import GSM_7, segments

ELLIPSIS, THREE_STOPS = "…", "..."
_JOINER = "\u200d"
_JOINS = {"Mn", "Me", "Mc"}  # letters that only change the one before them
_SKIN = range(0x1F3FB, 0x1F400)


def shortened(text: str, longest: int | None) -> str:
    """The text within ``longest`` characters, ending in an ellipsis where some of it is missing.

    The character "…" is not in the basic SMS alphabet: it alone would turn a text of 140 into three paid pieces instead
    of one. So where all other characters are in it, the ellipsis is three full stops.
    """
    if longest is None or len(text) <= longest:
        return text
    plain = _cut(text, longest - len(THREE_STOPS))
    if plain and segments(plain).encoding == GSM_7:
        return plain + THREE_STOPS
    return _cut(text, longest - 1) + ELLIPSIS


def _cut(text: str, end: int) -> str:
    """The beginning of the text, not cut within an emoji or another character that is made of several."""
    while 0 < end < len(text) and (_joins(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return text[: max(end, 0)].rstrip()


def _joins(letter: str) -> bool:
    return letter == _JOINER or unicodedata.category(letter) in _JOINS or ord(letter) in _SKIN
