"""The sending half of an exchange by HTTP/1.1: a Request, as the bytes that leave."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from webapp.domain.envelope import REPLY_KEPT

PORTS = {"https": 443, "http": 80}
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_TOKEN, _SEEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"), re.compile("[!-~]+")
_OURS = {"host", "content-length", "transfer-encoding"}  # headers that set the target and the length of a request
_USUAL = {"user-agent": "User-Agent: Belfry", "accept": "Accept: */*"}


class Place(NamedTuple):
    """Where a URL leads to, and how."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


@lru_cache(maxsize=1024)
def place(url: str) -> Place:
    """Where ``url`` leads to. The URL must have been checked already."""
    parts = urlsplit(url)
    return Place(parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme])


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``timeout`` is in seconds, from the look-up to the last byte of the answer.

    ``secret``: headers or body hold credentials, so the request may leave unencrypted only to this very machine.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout: float = 10.0
    secret: bool = False

    def written(self) -> bytes:
        """The request as bytes. Raises ValueError for what would change its meaning: a header with a line break, a
        header that the caller may not set, or an invalid address."""
        opening = _opening(self.method, self.url, tuple(self.headers))
        lines = [f"{name}: {value}\r\n" for name, value in self.headers.items()]
        if self.body or self.method not in ("GET", "DELETE"):
            lines.append(f"Content-Length: {len(self.body)}\r\n")
        head = "".join(lines)
        if not head.count("\r") == head.count("\n") == len(lines) or "\0" in head:
            raise ValueError("A header holds the end of a line.")
        return b"%b%b\r\n%b" % (opening, head.encode(), self.body)


@lru_cache(maxsize=1024)
def _opening(method: str, url: str, headers: tuple[str, ...]) -> bytes:
    """The first lines of every request to ``url``, with the caller's ``headers``."""
    parts, own = urlsplit(url), {name.lower() for name in headers}
    asked = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if not all(map(_TOKEN.fullmatch, (method, *headers))) or own & _OURS or not _SEEN.fullmatch(url):
        raise ValueError("A header or an address is not what it should be.")
    usual = [line for name, line in _USUAL.items() if name not in own]
    return "".join(f"{line}\r\n" for line in (f"{method} {asked} HTTP/1.1", f"Host: {place(url)}", *usual)).encode()


def legible(words: str, mask: Callable[[str], str]) -> str:
    """A far side's words, fit to be shown: masked as a whole, then cut, without control characters."""
    return _UNSEEN.sub("\ufffd", mask(words)[:REPLY_KEPT])
