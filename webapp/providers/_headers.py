"""The headers that an administrator may add: none that belong to the protocol or to Belfry."""

import re

MOST, LONGEST = 20, 1000  # headers, and characters of one
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_BREAK = re.compile("\r\n|\r|\n")
_CONNECTION = frozenset(["connection", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"])
_OURS = frozenset({"accept-encoding", "zitadel-signature"})
_PREFIXES = ("belfry-", "content-", "proxy-", "webhook-")
_CREDENTIALS = frozenset({"authorization", "cookie"})


def header_lines(text: str) -> dict[str, str]:
    """The headers by name, from a text with one header per line. Raises ValueError, with a sentence for whoever typed
    it."""
    lines = [line.strip() for line in _BREAK.split(text) if line.strip()]
    if len(lines) > MOST:
        raise ValueError(f"At most {MOST} headers, please.")
    headers: dict[str, str] = {}
    for line in lines:
        name, value = _header(line)
        if name.lower() in map(str.lower, headers):
            raise ValueError(f"{name} is there twice.")
        headers[name] = value
    return headers


def problem_in_name(name: str) -> str | None:
    """Why no header of this name may be set, as a sentence, or None where it may."""
    if not _NAME.fullmatch(name):
        return f"The name of a header, please, such as X-Api-Key, not “{name[:40]}”."
    return f"{name} is not yours to set: Belfry sets what it needs." if _taken(name.lower()) else None


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not _NAME.fullmatch(name):
        raise ValueError(f"Name: value, please, not “{line[:40]}”.")
    if name.lower() in _CREDENTIALS:
        raise ValueError(f"{name} would be shown to everybody who may see this page: please use the sign-in.")
    if problem := problem_in_name(name):
        raise ValueError(problem)
    if not (value.isascii() and value.strip().isprintable() and len(value) <= LONGEST):
        raise ValueError(f"{name}: at most {LONGEST} characters of ASCII, please, that can all be seen.")
    return name, value.strip()


def _taken(name: str) -> bool:
    return name in _CONNECTION | _OURS or name.startswith(_PREFIXES)
