"""One SMTP server and how to use it: its settings as a whole, and what follows from them."""

import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from webapp.providers._base import Network, Settings, Surroundings
from webapp.providers._masking import masking
from webapp.providers._trust import trusting
from webapp.providers.smtp._typed import FIELDS


@dataclass(frozen=True)
class Account:
    """One SMTP server and how to use it. Its ``repr`` holds no secret."""

    host: str
    port: int
    security: str
    auth: str
    username: str
    password: str = field(repr=False)
    sender: str
    sender_name: str
    reply_to: str
    bounces_to: str
    helo: str
    certificates: str
    timeout: float
    allowed: tuple[Network, ...]

    @classmethod
    def of(cls, settings: Settings, surroundings: Surroundings) -> Self:
        """From parsed settings; one that is missing, since another switches it off, has its Field's default."""
        given = {each.name: settings.get(each.name, each.default) for each in FIELDS}
        texts = {name: str(value) for name, value in given.items() if name not in ("port", "timeout")}
        return cls(
            **texts,
            port=int(given["port"]),
            timeout=float(given["timeout"]),
            allowed=surroundings.allowed_networks,
        )

    @property
    def return_path(self) -> str:
        """The sender of the envelope, to whom servers return what they cannot deliver."""
        return self.bounces_to or self.sender

    def trust(self) -> ssl.SSLContext:
        """What checks the server's certificate."""
        return trusting(self.certificates)

    @property
    def credentials(self) -> tuple[str, ...]:
        """The lines that sign in, in order; the server must accept each before the next is sent."""
        if self.auth == "plain":
            return (f"AUTH PLAIN {self._plain}",)
        return ("AUTH LOGIN", _base64(self.username), _base64(self.password)) if self.auth == "login" else ()

    @cached_property
    def mask(self) -> Callable[[str], str]:
        """A function that masks the password in a text, in any spelling in which a server could repeat it."""
        lines = (self._plain, _base64(self.password)) if self.password else ()
        return masking([self.password], lines=lines)

    @property
    def _plain(self) -> str:
        return _base64(f"\0{self.username}\0{self.password}")


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
