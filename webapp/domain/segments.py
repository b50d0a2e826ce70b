"""Segments: the pieces into which an SMS is split for transport, each of which is paid for.

A text with only characters of GSM 03.38 takes 7 bits per unit; any other character makes the whole text UCS-2, which
leaves less than half as many units. In a split text, each segment loses some room to the header by which they are
joined.
"""

from dataclasses import dataclass

GSM_7, UCS_2 = "GSM-7", "UCS-2"
_ROOM = {GSM_7: (160, 153), UCS_2: (70, 67)}  # units: of a single segment, and of each one of several

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")  # two units each: an escape and the character


@dataclass(frozen=True, slots=True)
class Segments:
    """``encoding`` is GSM_7 or UCS_2, ``units`` the length of the text in it, ``count`` the number of segments."""

    encoding: str
    units: int
    count: int

    def __str__(self) -> str:
        pieces = "1 segment" if self.count == 1 else f"{self.count} segments"
        return f"{self.encoding}, {self.units} units, {pieces}"


def segments(text: str) -> Segments:
    """How ``text`` is sent. No character is split: one of two units that does not fit begins the next segment."""
    encoding = GSM_7 if set(text) <= _BASIC | _EXTENSION else UCS_2
    sizes = [_units(letter, encoding) for letter in text]
    alone, in_each = _ROOM[encoding]
    return Segments(encoding, sum(sizes), 1 if sum(sizes) <= alone else _pieces(sizes, in_each))


def _units(letter: str, encoding: str) -> int:
    twice = letter in _EXTENSION if encoding == GSM_7 else ord(letter) > 0xFFFF
    return 2 if twice else 1


def _pieces(sizes: list[int], room: int) -> int:
    count, left = 1, room
    for size in sizes:
        if size > left:
            count, left = count + 1, room
        left -= size
    return count
