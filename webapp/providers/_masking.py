"""Masking secrets in what a far side says: some repeat what they were sent, in a spelling of their own."""

import json
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from html import escape
from urllib.parse import quote, quote_plus

MASK = "•••"
_SHORTEST = 4  # a shorter piece of a spelling could occur in any text


def masking(secrets: Iterable[str], *, lines: Iterable[str] = ()) -> Callable[[str], str]:
    """A function that masks each of ``secrets`` in a text: as it is, backwards, escaped for JSON, HTML or a URL, in
    hexadecimal, in UTF-16, and inside any base64. It first masks the ``lines`` that signed in with them.

    The spellings are made once, here, since the function runs on every answer.
    """
    found = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
    lines, spellings = tuple(lines), sorted(found, key=len, reverse=True)
    shorter = [-len(spelling) for spelling in spellings]

    def mask(words: str) -> str:
        for line in lines:
            words = words.replace(line, MASK)
        # A spelling longer than the text cannot be in it; most answers are short, so this skips every spelling.
        for spelling in spellings[bisect_left(shorter, -len(words)) :]:
            words = words.replace(spelling, MASK)
        return words

    return mask


def _spellings(secret: str) -> Iterator[str]:
    for text in (secret, secret[::-1]):
        raw = text.encode(errors="replace")
        yield from (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], escape(text))
        yield text.encode("ascii", "xmlcharrefreplace").decode()
        if len(text) >= _SHORTEST:
            yield from ("\0".join(text), "\ufffd".join(text))
        for quoted in (quote(raw), quote(raw, safe=""), quote_plus(raw)):
            yield from (quoted, quoted.lower())
        yield from (raw.hex(), raw.hex().upper())
        for wide in (raw, text.encode("utf-16-le", "replace")):
            yield from filter(lambda piece: len(piece) >= _SHORTEST, _inside_base64(wide))


def _inside_base64(raw: bytes) -> Iterator[str]:
    """All of ``raw`` in base64, and the letters that depend on ``raw`` alone, at each offset in a longer text."""
    yield b64encode(raw).decode()
    for shift in range(3):
        letters = b64encode(bytes(shift) + raw).decode()
        piece = letters[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6]
        yield from (piece, piece.replace("+", "-").replace("/", "_"))
