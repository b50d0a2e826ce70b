"""The vault: secrets encrypted at rest, readable with any of several keys so that a key can be rotated."""

import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_NO_KEY = "None of the encryption keys opens this secret: enter it again."


class Unreadable(Exception):
    """None of the keys opens what was sealed: the key is lost or wrong."""


class Vault:
    """Seals with the first key and opens with any. ``keys`` are Fernet keys; raises ValueError for a malformed one."""

    def __init__(self, keys: Sequence[str]) -> None:
        fernets = [Fernet(key) for key in keys]
        self._first, self._fernet = fernets[0], MultiFernet(fernets)

    def seal(self, secrets: Mapping[str, str]) -> str:
        """The secrets as text that says nothing without a key."""
        return self._fernet.encrypt(json.dumps(dict(secrets)).encode()).decode()

    def open(self, sealed: str) -> dict[str, str]:
        """What ``seal`` was given. Raises Unreadable."""
        try:
            return json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise Unreadable(_NO_KEY) from None

    def resealed(self, sealed: str) -> str | None:
        """The same secrets under the first key, or None where they are under it already. Raises Unreadable."""
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
