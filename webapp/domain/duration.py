"""Durations as people type and read them: ``90`` (seconds), ``1.5 s``, ``5 min``, ``1 h 6 min``, ``2 d``.

What is written is exact: reading it gives the same number. The symbols of the units are the same in every language.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))  # seconds
_SPELLINGS = {
    word: seconds
    for words, seconds in (
        ("s sec second seconds", 1),
        ("m min minute minutes", 60),
        ("h hour hours", 3600),
        ("d day days", 86400),
    )
    for word in words.split()
}
_PART = r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([a-z]+)"
_PARTS = re.compile(rf"{_PART}(?:\s+{_PART})*")
_BARE = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")


def parse_duration(text: str) -> float:
    """The seconds that ``text`` spells. Raises ValueError with a sentence for the person who typed it."""
    words = text.strip().lower()
    if _BARE.fullmatch(words):
        return float(words)
    parts = re.findall(_PART, words) if _PARTS.fullmatch(words) else []
    if not parts or not all(unit in _SPELLINGS for _, unit in parts):
        raise ValueError(f"“{text.strip()[:30]}” is no duration: write it as 90 (seconds), 5 min, 1 h 30 min or 2 d.")
    return float(sum(Decimal(number) * _SPELLINGS[unit] for number, unit in parts))


def parse_durations(text: str) -> tuple[float, ...]:
    """The seconds of a list such as ``60, 300, 3600`` or ``1 min, 5 min, 1 h``; an empty text is an empty list. Raises
    ValueError as ``parse_duration`` does."""
    return tuple(parse_duration(part) for part in text.split(",")) if text.strip() else ()


def spelled(seconds: float) -> str:
    """The duration as it would be typed: ``1 h 6 min``, ``17.0859375 s``, ``0 s``."""
    rest, parts = Decimal(str(float(seconds))), []
    for unit, size in _UNITS[:-1]:
        whole, rest = divmod(rest, size)
        parts += [f"{whole:f} {unit}"] if whole else []
    if rest or not parts:
        parts.append(f"{rest.normalize():f} s")
    return " ".join(parts)


def spelled_list(durations: Iterable[float]) -> str:
    """Several, as they would be typed: ``1 min, 5 min, 1 h``."""
    return ", ".join(map(spelled, durations))
