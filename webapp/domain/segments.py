"""Segments: into how many pieces an SMS is cut on its way, each of which is paid for.

A text of nothing but the letters of GSM 03.38 takes 7 bits a unit; any other letter makes the whole of it UCS-2, with
half as much room. A piece of several gives some of its room to the header that puts them together again.
"""

from dataclasses import dataclass

GSM_7, UCS_2 = "GSM-7", "UCS-2"
_ROOM = {GSM_7: (160, 153), UCS_2: (70, 67)}  # units: in a text of one piece, in each piece of several

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")  # two units each: an escape and the letter


@dataclass(frozen=True, slots=True)
class Segments:
    """``encoding`` is GSM_7 or UCS_2, ``units`` what the text takes of it, ``count`` the number of pieces."""

    encoding: str
    units: int
    count: int

    def __str__(self) -> str:
        pieces = "1 segment" if self.count == 1 else f"{self.count} segments"
        return f"{self.encoding}, {self.units} units, {pieces}"


def segments(text: str) -> Segments:
    """How ``text`` goes out. No letter is torn apart: one of two units that does not fit begins the next piece."""
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
