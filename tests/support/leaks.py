"""Detecting leaked secrets: searches for a secret in every spelling in which it could leak."""

import base64
import json
from html import escape
from urllib.parse import quote, quote_plus


def spellings(secret: str) -> list[bytes]:
    """As it is, reversed, escaped, URL-encoded, in hexadecimal, in UTF-16, and in base64 at any offset."""
    both = [secret, secret[::-1]]
    return list(dict.fromkeys(spelling for text in both for spelling in _of(text)))


def _of(text: str) -> list[bytes]:
    raw, wide = text.encode(), text.encode("utf-16-le")
    quoted = [quote(text), quote(text, safe=""), quote_plus(text)]
    letters = [
        json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], escape(text), raw.hex(), raw.hex().upper(),
        *quoted, *(each.lower() for each in quoted), wide.hex(),
    ]  # fmt: skip
    plain = [raw, text.encode("unicode_escape"), text.encode("ascii", "xmlcharrefreplace"), wide]
    return [*plain, text.encode("utf-16-be"), *(each.encode() for each in letters), *_inside(raw), *_inside(wide)]


def _inside(raw: bytes) -> list[bytes]:
    """In base64, of both alphabets; the letters at the ends depend on the neighbouring bytes."""
    shifted = [base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)]
    return [*shifted, *(each.replace(b"+", b"-").replace(b"/", b"_") for each in shifted)]


def leaks(content: bytes | str, *secrets: str) -> list[bytes]:
    """Every spelling of the secrets that occurs in the content."""
    content = content.encode() if isinstance(content, str) else content
    return [spelling for secret in secrets for spelling in spellings(secret) if spelling in content]


def echo(secret: str, before: str = "") -> str:
    """A line that a far side could send back: the secret in most of its spellings."""
    raw, wide = secret.encode(), secret.encode("utf-16-le")
    words = [
        secret, secret[::-1], json.dumps(secret), escape(secret), quote(secret, safe=""), raw.hex(), raw.hex().upper(),
        *(base64.b64encode(b"x" * shift + raw).decode() for shift in range(3)), base64.b64encode(wide).decode(),
        base64.b64encode(f"{before}{secret}".encode()).decode(), base64.urlsafe_b64encode(raw).decode(),
    ]  # fmt: skip
    return " ".join(words)
