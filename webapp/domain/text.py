"""What texts may contain when they come in, so that none causes trouble later in a header, a database or a terminal."""

import re
import unicodedata

LONGEST_WHY = 500  # characters of the reason that a person gives for an act

# One line of text must not contain any kind of line break, nor a character that reorders its neighbours.
_LINE_BREAKS = re.compile("[\x00-\x08\x0a-\x1f\x7f\x80-\x9f\u2028\u2029]")
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def problem_in_line(text: str, *, longest: int) -> str | None:
    """What is wrong with one line of text (a subject, a name), as a sentence, or None where it is fine."""
    if not text.strip():
        return "Please fill this in."
    if len(text) > longest:
        return f"At most {longest} characters, please: this has {len(text)}."
    if text.isprintable():  # most texts are; none that fails a check below is
        return None
    if found := _LINE_BREAKS.search(text) or _BIDI_CONTROLS.search(text):
        return f"{_name(found[0])} is not allowed in one line of text."
    return _problem_in_encoding(text)


def problem_in_body(text: str, *, largest: int) -> str | None:
    """What is wrong with a longer text (line breaks and tabs are fine), or None. ``largest`` is in bytes of UTF-8."""
    if not text.strip():
        return "Please write something."
    if problem := _problem_in_encoding(text):
        return problem
    if found := _CONTROLS.search(text):
        return f"{_name(found[0])} is not allowed here."
    if (size := len(text.encode())) > largest:
        return f"At most {largest // 1024} KiB, please: this has {size // 1024 + 1} KiB."
    return None


def storable(text: str, *, longest: int) -> str:
    """Text from outside, cut to ``longest`` characters, with characters that no database can store replaced."""
    kept = text[:longest]
    return kept if kept.isascii() and "\0" not in kept else _UNSTORABLE.sub("\ufffd", kept)


def _problem_in_encoding(text: str) -> str | None:
    if _SURROGATES.search(text):
        return "This text is not valid Unicode: it contains half of a character."
    return None


def _name(character: str) -> str:
    return f"The character U+{ord(character):04X} ({unicodedata.name(character, 'a control character')})"
