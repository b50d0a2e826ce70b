"""Secrets in what a far side says: found in whatever spelling it gives them back."""

import base64
import json
from html import escape
from urllib.parse import quote, quote_plus

import pytest

from webapp.providers._masking import MASK, masking

SECRETS = ["korrektes pferd/batterie+höchst=geheim", "f" * 32, "a\"b\\c<d>&'e", "P4$$ wörd 🔑!"]


def spellings(secret: str) -> dict[str, str]:
    """As it could come back."""
    raw = secret.encode()
    inside = {f"base64, {shift} before": base64.b64encode(b"x" * shift + raw + b"!").decode() for shift in range(3)}
    return inside | {
        "plain": secret,
        "reversed": secret[::-1],
        "json": json.dumps(secret)[1:-1],
        "html": escape(secret),
        "character references": secret.encode("ascii", "xmlcharrefreplace").decode(),
        "quoted": quote(secret, safe=""),
        "quoted, small": quote(secret, safe="").lower(),
        "quoted for a form": quote_plus(secret),
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        "utf-16": secret.encode("utf-16-le").decode("utf-8", "replace") if secret.isascii() else secret,
        "url-safe base64": base64.urlsafe_b64encode(raw).decode(),
        "base64 of utf-16": base64.b64encode(secret.encode("utf-16-le")).decode(),
    }


@pytest.mark.parametrize("secret", SECRETS)
def test_it_is_found_in_every_spelling(secret):
    left = {how: text for how, text in spellings(secret).items() if text in masking([secret])(f"535 <{text}> no")}
    assert left == {}
    assert masking([secret])(f"535 <{secret}> no") == f"535 <{MASK}> no"


def test_what_is_no_secret_stays():
    words = "550 5.1.1 <emil@example.com>: user unknown"
    assert masking(["", "swordfish"])(words) == words


def test_a_short_one_does_not_take_everything_with_it():
    assert masking(["ab"])("250 OK id=ab12") == f"250 OK id={MASK}12"
