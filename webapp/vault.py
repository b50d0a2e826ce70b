"""The vault: secrets encrypted at rest. Several keys can decrypt them, so that keys can be rotated."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NO_KEY = "None of the encryption keys opens this secret: enter it again."


class Unreadable(Exception):
    """None of the keys decrypts what was sealed: the key is lost or wrong."""


class Vault:
    """Encrypts with the first key and decrypts with any. ``keys`` are Fernet keys; raises ValueError for a malformed
    one."""

    def __init__(self, keys: Sequence[str]) -> None:
        fernets = [Fernet(key) for key in keys]
        self._first, self._fernet = fernets[0], MultiFernet(fernets)
        self._digesting = [_derived(key) for key in keys]

    def seal(self, secrets: Mapping[str, str]) -> str:
        """The secrets, encrypted, as text."""
        return self._fernet.encrypt(json.dumps(dict(secrets)).encode()).decode()

    def open(self, sealed: str) -> dict[str, str]:
        """What ``seal`` was given. Raises Unreadable."""
        try:
            return json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise Unreadable(_NO_KEY) from None

    def resealed(self, sealed: str) -> str | None:
        """The same secrets under the first key; None where they are under it already. Raises Unreadable."""
        try:
            self._first.decrypt(sealed.encode())
        except InvalidToken:
            pass
        else:
            return None
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise Unreadable(_NO_KEY) from None

    def digest(self, text: str) -> str:
        """What may be stored of a text so short that it could be guessed. A plain hash of six digits would be undone in
        a second; this one is keyed, so whoever has the database but no key learns nothing by trying."""
        return _digest(self._digesting[0], text)

    def recognises(self, digest: str, text: str) -> bool:
        """Whether ``digest`` was made of this ``text``, in constant time."""
        found = [hmac.compare_digest(_digest(key, text), digest) for key in self._digesting]
        return any(found)


def _derived(key: str) -> bytes:
    """A separate key for digests: one key is for one use."""
    return HKDF(SHA256(), length=32, salt=None, info=b"belfry digests").derive(key.encode())


def _digest(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(errors="replace"), hashlib.sha256).hexdigest()
