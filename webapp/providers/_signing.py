"""How a request proves that Belfry made it: Standard Webhooks (https://www.standardwebhooks.com), always, and
Zitadel's header where it is wanted. Both are made over the very bytes of the body."""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from secrets import token_bytes

from standardwebhooks import Webhook

KEY = re.compile(r"whsec_[A-Za-z0-9+/]{32,88}={0,2}", re.ASCII)  # 24 to 64 bytes, as the standard has it
ZITADEL_HEADER = "ZITADEL-Signature"


def make_key() -> str:
    """A new signing key, of 32 random bytes."""
    return f"whsec_{b64encode(token_bytes(32)).decode()}"


def signatures(
    envelope_id: str, at: datetime, body: bytes, keys: Iterable[str], *, zitadel: bool = False
) -> dict[str, str]:
    """The headers that sign ``body``. While two keys count there is a signature by each, in the order of ``keys``."""
    keys, text = tuple(keys), body.decode()
    signed = {
        "webhook-id": envelope_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(_webhook(key).sign(envelope_id, at, text) for key in keys),
    }
    return {**signed, ZITADEL_HEADER: zitadel_signature(at, body, keys)} if zitadel else signed


def zitadel_signature(at: datetime, body: bytes, keys: Iterable[str]) -> str:
    """``t=…,v1=…``, with a further ``v1=…`` for each further key. The key is its text, as it is written."""
    seconds = str(int(at.timestamp()))
    signed = (hmac.digest(key.encode(), f"{seconds}.".encode() + body, "sha256").hex() for key in keys)
    return ",".join([f"t={seconds}", *(f"v1={each}" for each in signed)])


@lru_cache(maxsize=64)
def _webhook(key: str) -> Webhook:
    return Webhook(key)
