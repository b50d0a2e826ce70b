"""What an administrator fills in for an HTTP service: the Fields, what does not fit together, the values as a whole."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from webapp.domain.field import FORMER, Field
from webapp.providers._base import Settings
from webapp.providers._masking import masking
from webapp.providers._transport import leaves_in_clear, problem_in_url
from webapp.providers._trust import problem_in_certificates
from webapp.providers.http._headers import header_lines
from webapp.providers.http._signing import KEY, make_key

_SIGNS_IN = ("auth", ("basic", "bearer"))

FIELDS = (
    Field(
        "url", "Address", required=True, target=True,
        help="Each message is posted to it. It begins with https://; http:// is for this machine, and for networks"
        " listed in BELFRY_ALLOWED_NETWORKS.",
    ),
    Field(
        "auth", "Sign-in", "choice", "none", "Needs https, except to this machine (localhost).",
        choices=(("none", "None"), ("basic", "Basic: user name and password"), ("bearer", "Bearer: a token")),
    ),
    Field("username", "User name", required=True, only_if=("auth", ("basic",))),
    Field("secret", "Password or token", "secret", required=True, only_if=_SIGNS_IN),
    Field(
        "signing_key", "Signing key", "secret", make=make_key,
        help="Every request is signed with it, as Standard Webhooks lay down: give it to the receiver.",
    ),
    Field(
        "zitadel", "Also Zitadel's header", "switch", False,
        "A second signature, ZITADEL-Signature, for receivers that were written for Zitadel. Same key.",
    ),
    Field(
        "headers", "Further headers", "lines",
        help="One in a line, as Name: value. Whoever may see this page reads them: a secret belongs in the sign-in.",
    ),
    Field(
        "give_up", "Statuses to give up on", default="410",
        help="An answer with one of these is final, such as 410, 422. All others are tried again.",
    ),
    Field("timeout", "Timeout", "number", 10, "Seconds for a whole try, whatever happens.", True, least=0.1, most=30),
    Field(
        "ca", "Certificates to trust", "lines",
        help="In PEM, beside the system's: for a service whose certificate comes from an authority of your own.",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Account:
    """One service and how to ask it. Its ``repr`` holds no secret. ``keys``: the newest first, none where all is
    unsigned."""

    url: str
    auth: str
    username: str
    secret: str = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    zitadel: bool
    give_up: frozenset[int]
    timeout: float
    ca: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """From parsed settings; what a form left idle is empty."""
        given = {each.name: settings.get(each.name, each.default) for each in FIELDS}
        texts = {name: str(given[name]) for name in ("url", "auth", "username", "secret", "ca")}
        keys = (str(settings.get(name, "")) for name in ("signing_key", f"signing_key{FORMER}"))
        return cls(
            **texts,
            keys=tuple(key for key in keys if KEY.fullmatch(key)),
            headers={**header_lines(str(given["headers"])), **_own_headers(**texts)},
            zitadel=bool(given["zitadel"]),
            give_up=_statuses(str(given["give_up"])),
            timeout=float(given["timeout"]),
        )

    @property
    def signs_in(self) -> bool:
        """Whether a request holds credentials."""
        return self.auth != "none"

    @cached_property
    def mask(self) -> Callable[[str], str]:
        """Takes the secrets out of words, in any of the spellings in which a service could give them back."""
        lines = (_base64(f"{self.username}:{self.secret}"),) if self.secret else ()
        return masking([self.secret, *self.keys, *(key.removeprefix("whsec_") for key in self.keys)], lines=lines)


def problems(settings: Settings) -> dict[str, str]:
    """What does not fit, by field."""
    found = {name: problem for name, check in _CHECKS.items() if (problem := check(str(settings.get(name, ""))))}
    signs_in, url = settings.get("auth", "none") != "none", str(settings.get("url", ""))
    if "url" not in found and signs_in and leaves_in_clear(url):
        found["url"] = "Signing in needs https: without, everybody on the way could read the secret."
    if settings.get("auth") == "basic" and ":" in str(settings.get("username", "")):
        found["username"] = "No colon, please: it ends the user name."
    if signs_in and not str(settings.get("secret", "")).isprintable():
        found |= {"secret": "No line breaks or other signs that cannot be seen, please."}
    return found


def _own_headers(*, auth: str, username: str, secret: str, **_: str) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if auth == "none":
        return headers
    credentials = f"Basic {_base64(f'{username}:{secret}')}" if auth == "basic" else f"Bearer {secret}"
    return {**headers, "Authorization": credentials}


def _statuses(text: str) -> frozenset[int]:
    return frozenset(int(status) for status in re.split(r"[\s,;]+", text) if status)


def _statuses_problem(text: str) -> str | None:
    try:
        return None if all(400 <= status <= 599 for status in _statuses(text)) else "Statuses from 400 to 599, please."
    except ValueError:
        return "Only numbers, please, separated by commas, such as 410, 422."


def _headers_problem(text: str) -> str | None:
    try:
        header_lines(text)
    except ValueError as error:
        return str(error)
    return None


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "url": problem_in_url,
    "headers": _headers_problem,
    "give_up": _statuses_problem,
    "ca": problem_in_certificates,
}


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
