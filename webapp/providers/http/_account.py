"""What an administrator fills in for an HTTP service: its Fields, the checks between them, and the parsed Account."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from webapp.domain.field import Field
from webapp.providers import _credentials
from webapp.providers._base import Settings
from webapp.providers._credentials import Credentials
from webapp.providers._headers import header_lines
from webapp.providers._posting import Address
from webapp.providers._signing import make_key
from webapp.providers._trust import problem_in_certificates

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
class Account(Address):
    """One service."""

    headers: Mapping[str, str] = field(repr=False)
    zitadel: bool
    give_up: frozenset[int]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """From parsed settings; one that is missing, since another switches it off, has its Field's default."""
        given = {each.name: settings.get(each.name, each.default) for each in FIELDS}
        credentials = Credentials.of(settings)
        own = {"Content-Type": "application/json", **credentials.headers}
        return cls(
            url=str(given["url"]),
            credentials=credentials,
            headers={**header_lines(str(given["headers"])), **own},
            zitadel=bool(given["zitadel"]),
            give_up=_statuses(str(given["give_up"])),
            timeout=float(given["timeout"]),
            ca=str(given["ca"]),
        )


def problems(settings: Settings) -> dict[str, str]:
    """What does not fit, by field."""
    found = {name: problem for name, check in _CHECKS.items() if (problem := check(str(settings.get(name, ""))))}
    return found | _credentials.problems(settings)


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
    "headers": _headers_problem,
    "give_up": _statuses_problem,
    "ca": problem_in_certificates,
}
