"""Durations as people type them: 90, 5 min, 2 h, 1 h 30 min, 30 days."""

import re

_UNITS = {"day": 86400, "h": 3600, "min": 60, "s": 1}  # seconds, the longest first
_SPELLINGS = {
    "s": "s", "sec": "s", "second": "s", "seconds": "s",
    "m": "min", "min": "min", "minute": "min", "minutes": "min",
    "h": "h", "hour": "h", "hours": "h",
    "d": "day", "day": "day", "days": "day",
}  # fmt: skip
_PART = r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)"
_WHOLE = re.compile(rf"\s*{_PART}(?:[\s,]+{_PART})*\s*")
_LONGEST = 50  # characters


def seconds_of(text: str) -> float | None:
    """How many seconds are meant; None where that is no duration. A number alone is seconds."""
    text = text.lower()
    if len(text) > _LONGEST or not _WHOLE.fullmatch(text):
        return None
    parts = re.findall(_PART, text)
    units = [_SPELLINGS.get(unit) if unit else "s" for _, unit in parts]
    if None in units or (len(parts) > 1 and not all(unit for _, unit in parts)):
        return None
    return sum(float(number) * _UNITS[unit] for (number, _), unit in zip(parts, units, strict=True) if unit)


def words_of(seconds: float) -> str:
    """The same in full, such as 1 h 30 min: ``seconds_of`` reads it again. Nothing is rounded."""
    if seconds <= 0 or seconds % 1:
        return f"{seconds:g} s"
    left, words = int(seconds), list[str]()
    for unit, length in _UNITS.items():
        count, left = divmod(left, length)
        words += [f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"] if count else []
    return " ".join(words)
