"""Fitting a text into what a medium can carry, without wasting any of it."""

import unicodedata

from webapp.domain.segments import GSM_7, segments

ELLIPSIS, THREE_STOPS = "…", "..."
_JOINER = "\u200d"
_JOINS = {"Mn", "Me", "Mc"}  # letters that only change the one before them
_SKIN = range(0x1F3FB, 0x1F400)


def shortened(text: str, longest: int | None) -> str:
    """The text within ``longest`` characters, ending in an ellipsis where some of it is missing.

    The letter "…" is not among the 128 of an SMS: it alone would make a text of 140 three pieces instead of one, each
    of which is paid for. So where the rest is made of those, the ellipsis is three full stops.
    """
    if longest is None or len(text) <= longest:
        return text
    plain = _cut(text, longest - len(THREE_STOPS))
    if plain and segments(plain).encoding == GSM_7:
        return plain + THREE_STOPS
    return _cut(text, longest - 1) + ELLIPSIS


def _cut(text: str, end: int) -> str:
    """The beginning of the text, without half a character at its end: an emoji may be made of several."""
    while 0 < end < len(text) and (_joins(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return text[: max(end, 0)].rstrip()


def _joins(letter: str) -> bool:
    return letter == _JOINER or unicodedata.category(letter) in _JOINS or ord(letter) in _SKIN
