"""What an administrator fills in for an SMTP server: the Fields, corrections of what was typed, and the checks between
fields."""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address

from webapp.domain.field import Field
from webapp.providers._base import Settings
from webapp.providers._mime import international, spoken
from webapp.providers._net import on_this_machine
from webapp.providers._trust import problem_in_certificates

_SIGNS_IN = ("auth", ("plain", "login"))
_PORT = 587

FIELDS = (
    Field("host", "Server", required=True, target=True, help="Its name, such as mail.example.com."),
    Field("port", "Port", "number", _PORT, "Mostly 587 for STARTTLS, 465 for TLS.", True, least=1, most=65535),
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
        "bounces_to",
        "Bounces to",
        "email",
        help="Where servers return what they cannot deliver (Return-Path), if not to the sender's address.",
    ),
    Field("helo", "Name in the greeting", help="What EHLO says. Empty: this machine's full name, or its address."),
    Field(
        "certificates",
        "Certificates to trust as well",
        "lines",
        help="In PEM, for a server whose certificate is from your own authority. Those of this system count anyway.",
        only_if=("security", ("starttls", "tls")),
    ),
    Field(
        "timeout", "Timeout", "number", 10, "Seconds for each step; a whole try takes at most twice that.", True,
        least=0.1, most=25,
    ),
)  # fmt: skip

_PASTED = re.compile(
    r"(?:(?P<scheme>smtps?)://)?(?P<host>\[[^\]\s]+\]|[^\s:/@]+)(?::(?P<port>[0-9]{1,5}))?/?", re.IGNORECASE
)
_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.IGNORECASE | re.ASCII)
_LITERAL = re.compile(r"\[(IPv6:)?([0-9a-f.:]+)\]", re.IGNORECASE | re.ASCII)


def tidied(raw: Mapping[str, str]) -> dict[str, str]:
    """Split ``host:port``, ``smtp://…``, ``smtps://…`` and ``[::1]:25``.

    A port behind the name moves to the port field where that is empty, unchanged from its default, or the same.
    Otherwise both stay, and ``problems`` asks which one is meant.
    """
    found = _PASTED.fullmatch(raw.get("host", "").strip())
    if not found:
        return dict(raw)
    encrypted = (found["scheme"] or "").lower() == "smtps"
    own, pasted = raw.get("port", "").strip(), found["port"]
    tidy = {**raw, "host": found["host"].strip("[]")}
    if pasted and own not in ("", str(_PORT), pasted):
        return {**tidy, "host": f"{found['host']}:{pasted}"}
    if port := pasted or ("465" if encrypted and own in ("", str(_PORT)) else ""):
        tidy["port"] = port
    if encrypted and raw.get("security", "starttls") == "starttls":
        tidy["security"] = "tls"
    return tidy


def problems(settings: Settings) -> dict[str, str]:
    """What does not fit, by field."""
    found = {name: problem for name, check in _CHECKS.items() if (problem := check(str(settings.get(name) or "")))}
    host, signs_in = str(settings.get("host") or ""), settings.get("auth", "none") != "none"
    if host and signs_in and settings.get("security") == "none" and not on_this_machine(host):
        found["security"] = "Signing in needs STARTTLS or TLS: without, the password would travel readably."
    if not float(settings.get("port", 0)).is_integer():
        found["port"] = "A whole number, please."
    return found


def _host_problem(host: str) -> str | None:
    if "<" in host:
        return "Put your own in place of what stands in <…>."
    if "/" in host or "@" in host or any(letter.isspace() for letter in host):
        return "Only the server's name, please: no path, no user name, no spaces."
    if host.count(":") == 1 or "]" in host:
        return "The port below is another one than the one behind this name: which of them? Leave the other out."
    return None


def _address_problem(address: str) -> str | None:
    try:
        return "Only ASCII before the @, please." if address and international(spoken(address)) else None
    except ValueError as error:
        return str(error)


def _name_problem(name: str) -> str | None:
    return None if name.isprintable() else "Only letters and signs that can be seen, please."


def _greeting_problem(name: str) -> str | None:
    literal = _LITERAL.fullmatch(name)
    try:
        fine = bool(ip_address(literal[2])) if literal else not name or bool(_HOST_NAME.fullmatch(name))
    except ValueError:
        fine = False
    return None if fine else "A host's name such as belfry.example.com, please, or an address such as [192.0.2.1]."


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "host": _host_problem,
    "certificates": problem_in_certificates,
    "sender": _address_problem,
    "reply_to": _address_problem,
    "bounces_to": _address_problem,
    "sender_name": _name_problem,
    "helo": _greeting_problem,
}
