"""What an administrator fills in for Twilio: the Fields, the checks between them, and the parsed Account."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self
from urllib.parse import urlsplit

from webapp.domain.field import Field
from webapp.domain.reason import Reason
from webapp.providers._base import Settings
from webapp.providers._masking import masking
from webapp.providers._net import on_this_machine
from webapp.providers._transport import problem_in_url
from webapp.providers.twilio._sender import sender

_BY_TOKEN, _BY_KEY = ("auth", ("token",)), ("auth", ("key",))

FIELDS = (
    Field("account_sid", "Account SID", required=True, target=True, help="AC and 32 more, from Twilio's console."),
    Field(
        "auth",
        "Credentials",
        "choice",
        "token",
        "A key can be withdrawn by itself, the token is the whole account's.",
        choices=(("token", "The account's auth token"), ("key", "An API key")),
    ),
    Field("auth_token", "Auth token", "secret", required=True, only_if=_BY_TOKEN),
    Field("api_key", "API key's SID", required=True, only_if=_BY_KEY, help="SK and 32 more."),
    Field("api_secret", "API key's secret", "secret", required=True, only_if=_BY_KEY),
    Field(
        "signing_token",
        "Auth token, for callbacks",
        "secret",
        "",
        "Only to check what Twilio reports of delivery, which it signs with this. Empty: nothing is asked to be "
        "reported, and a message ends as handed over.",
        only_if=_BY_KEY,
    ),
    Field(
        "sender",
        "Sender",
        required=True,
        help="A phone number (+49…), a short code, a name of at most 11 signs, or a messaging service (MG…).",
    ),
    Field(
        "verify_service",
        "Verify service",
        help="VA and 32 more. Used only to verify phones; without one, Belfry sends codes of its own.",
    ),
    Field("endpoint", "Endpoint", target=True, help="Empty: Twilio itself. Else the address of your way out to it."),
    Field("timeout", "Timeout", "number", 10, "Seconds for a whole try.", True, least=0.1, most=25),
)

# By the reason of a failed try: the field that most likely has to change.
CULPRITS = {
    Reason.AUTH: "auth",
    Reason.SENDER_REFUSED: "sender",
    Reason.TIMEOUT_BEFORE_DATA: "timeout",
    Reason.DNS: "endpoint",
    Reason.CONNECT_REFUSED: "endpoint",
    Reason.CONNECT_TIMEOUT: "endpoint",
    Reason.TLS: "endpoint",
    Reason.BLOCKED_TARGET: "endpoint",
    Reason.REDIRECTED: "endpoint",
}

_SIDS = {"account_sid": "AC", "api_key": "SK", "verify_service": "VA"}


@dataclass(frozen=True)
class Account:
    """One account and how to use it. Its ``repr`` holds no secret."""

    account_sid: str
    auth: str
    auth_token: str = field(repr=False)
    api_key: str
    api_secret: str = field(repr=False)
    signing_token: str = field(repr=False)
    sender: str
    verify_service: str
    endpoint: str
    timeout: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """From parsed settings; one that is missing, since another switches it off, has its Field's default."""
        given = {each.name: settings.get(each.name, each.default) for each in FIELDS}
        timeout = float(given.pop("timeout"))
        return cls(**{name: str(value) for name, value in given.items()}, timeout=timeout)

    @property
    def credentials(self) -> tuple[str, str]:
        """The user name and the secret to sign in with."""
        return (self.account_sid, self.auth_token) if self.auth == "token" else (self.api_key, self.api_secret)

    @property
    def callback_token(self) -> str:
        """The token that Twilio signs its callbacks with; empty where it is unknown, so that no callback can be
        believed."""
        return self.auth_token if self.auth == "token" else self.signing_token

    @property
    def basic(self) -> str:
        """The credentials as an HTTP Basic value."""
        return b64encode(":".join(self.credentials).encode()).decode()

    @cached_property
    def mask(self) -> Callable[[str], str]:
        """A function that masks the secrets in a text, in any spelling in which a far side could repeat them."""
        return masking((self.credentials[1], self.callback_token), lines=(self.basic,))


def tidied(raw: Mapping[str, str]) -> dict[str, str]:
    """The values without surrounding spaces; a number in the form in which it is handed over."""
    tidy = {name: text if name in _SECRETS else text.strip() for name, text in raw.items()}
    if number := re.fullmatch(r"(?:\+|00)([\d\s()./-]+)", tidy.get("sender", "")):
        tidy["sender"] = "+" + re.sub(r"\D", "", number[1])
    if "endpoint" in tidy:
        tidy["endpoint"] = tidy["endpoint"].rstrip("/")
    return tidy


def problems(settings: Settings) -> dict[str, str]:
    """What does not fit, by field."""
    given = {name: str(settings[name]) for name in _CHECKS if settings.get(name)}
    return {name: problem for name, text in given.items() if (problem := _CHECKS[name](text))}


def notes(settings: Settings) -> dict[str, str]:
    """What the sender was understood as; empty where it is invalid."""
    try:
        return {"sender": f"This is {sender(str(settings.get('sender', ''))).what}."}
    except ValueError:
        return {}


def _sid_problem(prefix: str) -> Callable[[str], str | None]:
    def problem(text: str) -> str | None:
        if re.fullmatch(f"{prefix}[0-9a-fA-F]{{32}}", text):
            return None
        return f"{prefix} and 32 of 0–9 and a–f, please: this begins with “{text[:2]}” and has {len(text)} signs."

    return problem


def _sender_problem(text: str) -> str | None:
    try:
        sender(text)
    except ValueError as error:
        return str(error)
    return None


def _endpoint_problem(text: str) -> str | None:
    if problem := problem_in_url(text):
        return problem
    url = urlsplit(text)
    if url.query:
        return "Only the beginning of an address, please: what is behind a ? cannot be added to."
    if url.scheme == "http" and not on_this_machine(url.hostname or ""):
        return "https, please, except to this machine: without, the credentials would travel readably."
    return None


_SECRETS = {each.name for each in FIELDS if each.secret}
_CHECKS: dict[str, Callable[[str], str | None]] = {
    **{name: _sid_problem(prefix) for name, prefix in _SIDS.items()},
    "sender": _sender_problem,
    "endpoint": _endpoint_problem,
}
