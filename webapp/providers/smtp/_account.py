"""What an administrator fills in for an SMTP server: the Fields, what does not fit together, the values as a whole."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from webapp.domain.field import Field
from webapp.providers._base import Network, Settings, Surroundings
from webapp.providers._mime import international, spoken
from webapp.providers._net import on_this_machine

_SIGNS_IN = ("auth", ("plain", "login"))

FIELDS = (
    Field("host", "Server", required=True, target=True, help="Its name, such as mail.example.com, without a port."),
    Field("port", "Port", "number", 587, "Mostly 587 for STARTTLS, 465 for TLS.", True, least=1, most=65535),
    Field(
        "security",
        "Security",
        "choice",
        "starttls",
        "The server's certificate is always checked, and nothing is sent in clear unless you choose None.",
        choices=(("starttls", "STARTTLS"), ("tls", "TLS from the first byte"), ("none", "None")),
    ),
    Field(
        "auth",
        "Sign-in",
        "choice",
        "none",
        "Needs STARTTLS or TLS, except to a server on this machine (localhost).",
        choices=(("none", "None"), ("plain", "PLAIN"), ("login", "LOGIN")),
    ),
    Field("username", "User name", required=True, only_if=_SIGNS_IN),
    Field("password", "Password", "secret", required=True, only_if=_SIGNS_IN),
    Field("sender", "Sender's address", "email", required=True, help="What recipients see as From."),
    Field("sender_name", "Sender's name", help="Shown beside the address."),
    Field("reply_to", "Replies to", "email", help="Where answers go, if not to the sender's address."),
    Field(
        "timeout", "Timeout", "number", 10, "Seconds for each step; a whole try takes at most twice that.", True,
        least=0.1, most=25,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
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
    timeout: float
    allowed: tuple[Network, ...]

    @classmethod
    def of(cls, settings: Settings, surroundings: Surroundings) -> Self:
        """From parsed settings; what a form left idle is empty."""
        given = {each.name: settings.get(each.name, each.default) for each in FIELDS}
        texts = {name: str(value) for name, value in given.items() if name not in ("port", "timeout")}
        return cls(
            **texts,
            port=int(given["port"]),
            timeout=float(given["timeout"]),
            allowed=surroundings.allowed_networks,
        )

    @property
    def credentials(self) -> tuple[str, ...]:
        """The lines that sign in, in their order; the server's consent is awaited after each."""
        if self.auth == "plain":
            return (f"AUTH PLAIN {self._plain}",)
        return ("AUTH LOGIN", _base64(self.username), _base64(self.password)) if self.auth == "login" else ()

    def mask(self, words: str) -> str:
        """``words`` without the password in any of the spellings in which a server could give it back."""
        if not self.password:
            return words
        for secret in (self._plain, _base64(self.password), self.password):
            words = words.replace(secret, "•••")
        return words

    @property
    def _plain(self) -> str:
        return _base64(f"\0{self.username}\0{self.password}")


def problems(settings: Settings) -> dict[str, str]:
    """What does not fit, by field."""
    found = {name: problem for name, check in _CHECKS.items() if (problem := check(str(settings.get(name, ""))))}
    signs_in = settings.get("auth", "none") != "none"
    if signs_in and settings.get("security") == "none" and not on_this_machine(str(settings.get("host", ""))):
        found["security"] = "Signing in needs STARTTLS or TLS: without, the password would travel readably."
    if not float(settings.get("port", 0)).is_integer():
        found["port"] = "A whole number, please."
    return found


def _host_problem(host: str) -> str | None:
    if "/" in host or "@" in host or any(letter.isspace() for letter in host):
        return "Only the server's name, please: no scheme, no path, no spaces."
    if host.count(":") == 1:
        return "The port has a field of its own."
    return None


def _address_problem(address: str) -> str | None:
    try:
        return "Only ASCII before the @, please." if address and international(spoken(address)) else None
    except ValueError as error:
        return str(error)


def _name_problem(name: str) -> str | None:
    return None if name.isprintable() else "Only letters and signs that can be seen, please."


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "host": _host_problem,
    "sender": _address_problem,
    "reply_to": _address_problem,
    "sender_name": _name_problem,
}


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
