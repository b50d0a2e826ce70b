"""How a request proves that Belfry made it: always by Standard Webhooks (https://www.standardwebhooks.com), and by
Zitadel's header where that is switched on. Both sign the exact bytes of the body."""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from secrets import token_bytes

KEY = re.compile(r"whsec_[A-Za-z0-9+/]{32,88}={0,2}", re.ASCII)  # 24 to 64 bytes, as the standard has it
ZITADEL_HEADER = "ZITADEL-Signature"
# Bytes per update. For 2 KiB or more, hashlib releases the GIL; waiting to get it back takes ten times as long as the
# hashing.
_PIECE = 2000


def make_key() -> str:
    """A new signing key, of 32 random bytes."""
    return f"whsec_{b64encode(token_bytes(32)).decode()}"


def signatures(
    envelope_id: str, at: datetime, body: bytes, keys: Iterable[str], *, zitadel: bool = False
) -> dict[str, str]:
    """The headers that sign ``body``, with one signature by each key, in the order of ``keys``."""
    keys, seconds = tuple(keys), str(int(at.timestamp()))
    signed = f"{envelope_id}.{seconds}.".encode() + body
    headers = {
        "webhook-id": envelope_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join([f"v1,{_signature(key, signed)}" for key in keys]),
    }
    return {**headers, ZITADEL_HEADER: zitadel_signature(at, body, keys)} if zitadel else headers


def zitadel_signature(at: datetime, body: bytes, keys: Iterable[str]) -> str:
    """``t=…,v1=…``, with another ``v1=…`` for each further key. The HMAC key is the key's text, not its decoded
    bytes."""
    seconds = str(int(at.timestamp()))
    signed = (hmac.digest(key.encode(), f"{seconds}.".encode() + body, "sha256").hex() for key in keys)
    return ",".join([f"t={seconds}", *(f"v1={each}" for each in signed)])


def _signature(key: str, signed: bytes) -> str:
    made = _begun(key).copy()
    for begins in range(0, len(signed), _PIECE):
        made.update(signed[begins : begins + _PIECE])
    return b64encode(made.digest()).decode()


@lru_cache(maxsize=64)
def _begun(key: str) -> hmac.HMAC:
    """An HMAC with only the key set up, to be copied: setting it up takes longer than signing a body."""
    return hmac.new(b64decode(f"{key.removeprefix('whsec_')}=="), digestmod="sha256")
