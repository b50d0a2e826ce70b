"""One exchange by HTTP/1.1: the Request as bytes, and the Reading of what comes back, piece by piece."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

from webapp.domain.envelope import REPLY_KEPT

REPLY_READ = 64 * 1024  # bytes of an answer's body; of a longer one nothing further is read
PORTS = {"https": 443, "http": 80}
_LONGEST_HEAD, _LONGEST_LINE = 32 * 1024, 1024  # bytes of all headers together; of a line between the chunks of a body
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_STATUS = re.compile(r"HTTP/1\.\d +(\d{3})\b")
_HEAD_END, _SIZE = re.compile(rb"\n\r?\n"), re.compile(rb"[0-9a-fA-F]{1,8}\b")
_BODILESS = (204, 304)
_NO_HTTP = "This is not HTTP."
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
    """Where ``url`` leads to, which has been checked."""
    parts = urlsplit(url)
    return Place(parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme])


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``timeout`` is in seconds, from the look-up to the last byte of the answer.

    ``secret``: its headers or body hold credentials, so that it leaves in clear to this very machine only.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout: float = 10.0
    secret: bool = False

    def written(self) -> bytes:
        """As it leaves. Raises ValueError for headers that would end their line."""
        lines = [f"{name}: {value}\r\n" for name, value in self.headers.items()]
        if self.body or self.method not in ("GET", "DELETE"):
            lines.append(f"Content-Length: {len(self.body)}\r\n")
        head = "".join(lines)
        if not head.count("\r") == head.count("\n") == len(lines) or "\0" in head:
            raise ValueError("A header holds the end of a line.")
        opening = _opening(self.method, self.url, tuple(self.headers))
        return b"%b%b\r\n%b" % (opening, head.encode(), self.body)


@lru_cache(maxsize=1024)
def _opening(method: str, url: str, headers: tuple[str, ...]) -> bytes:
    """What every request to ``url`` begins with, where it has ``headers`` of its own."""
    parts, own = urlsplit(url), {name.lower() for name in headers}
    asked = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    usual = [line for name, line in _USUAL.items() if name not in own]
    return "".join(f"{line}\r\n" for line in (f"{method} {asked} HTTP/1.1", f"Host: {place(url)}", *usual)).encode()


class Head(NamedTuple):
    """What stands before an answer's body. Header names are in lower case; of one that is repeated, the last counts.

    ``goes_on``: the far side listens for another request. ``length`` is that of the body in bytes, infinite where it
    ends with the connection; where it comes in chunks, each has its own.
    """

    status: int
    words: str  # such as 404 Not Found
    headers: Mapping[str, str]
    goes_on: bool
    length: float
    chunked: bool


@lru_cache(maxsize=64)
def _head(raw: bytes) -> Head:
    """Far sides say the same again and again. Raises ValueError for what is not HTTP."""
    first, *lines = raw.decode("utf-8", "replace").split("\n")
    found = _STATUS.match(first)
    if not found:
        raise ValueError(_NO_HTTP)
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    goes_on = first.startswith("HTTP/1.1") and "close" not in headers.get("connection", "").lower()
    chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    status, words = int(found[1]), first.partition(" ")[2].strip()
    return Head(status, words, MappingProxyType(headers), goes_on, _length(status, headers), chunked)


def _length(status: int, headers: Mapping[str, str]) -> float:
    if status in _BODILESS:
        return 0
    length = "" if "transfer-encoding" in headers else headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() else float("inf")


class Reading:
    """What has been read of an answer. ``head``: all of its headers, None before the last of them. ``reusable``, once
    it is over: it was read to its very end, and the far side goes on listening."""

    def __init__(self) -> None:
        self.head: Head | None = None
        self.reusable, self.body, self.took = False, b"", 0.0
        self._unread, self._left = b"", 0.0  # bytes: not looked at, and still to come of the body or a chunk of it
        self._take_body = self._take_rest

    def take(self, piece: bytes) -> bool:
        """What comes next, nothing where the far side has hung up. Whether the answer is over.

        Raises EOFError where it ends amid its headers, ValueError where it is not HTTP.
        """
        if not piece:
            return self._end()
        self._unread += piece
        return bool(self.head or self._take_head()) and self._take_body()

    def _end(self) -> bool:
        if not self.head:
            raise EOFError
        return True

    def _take_head(self) -> Head | None:
        """An interim answer (1xx) is followed by another one."""
        while end := _HEAD_END.search(self._unread):
            head, self._unread = _head(self._unread[: end.start()]), self._unread[end.end() :]
            if head.status >= 200:
                self.head, self._left = head, head.length
                if head.chunked and head.length:
                    self._left, self._take_body = 0, self._take_chunks
                return head
        if len(self._unread) > _LONGEST_HEAD or not b"HTTP/".startswith(self._unread[:5]):
            raise ValueError(_NO_HTTP)
        return None

    def _take_rest(self) -> bool:
        """Of a body in one piece."""
        self._take_part()
        self.reusable = not (self._left or self._unread) and self._goes_on
        return not self._left or len(self.body) >= REPLY_READ

    @property
    def _goes_on(self) -> bool:
        return self.head is not None and self.head.goes_on

    def _take_part(self) -> None:
        """As much as belongs to the body, or to its chunk, and is kept of it."""
        room = min(self._left, REPLY_READ - len(self.body), len(self._unread))
        part, self._unread = self._unread[: int(room)], self._unread[int(room) :]
        self.body += part
        self._left -= len(part)

    def _take_chunks(self) -> bool:
        """Each is preceded by a line with its size, the last by that of none. Of what makes no sense, nothing further
        is read."""
        while True:
            self._take_part()
            if self._left or len(self.body) >= REPLY_READ:
                return len(self.body) >= REPLY_READ
            line, ended, rest = self._unread.partition(b"\n")
            if not ended:
                return len(line) > _LONGEST_LINE
            self._unread = rest
            if not line.strip():  # the end of the chunk before
                continue
            size = _SIZE.match(line)
            if not size:
                return True
            self._left = int(size[0], 16)
            if not self._left:
                self._take_body = self._take_trailers
                return self._take_trailers()

    def _take_trailers(self) -> bool:
        """What comes behind the body says nothing that counts."""
        while True:
            line, ended, rest = self._unread.partition(b"\n")
            if not ended:
                return len(line) > _LONGEST_LINE
            self._unread = rest
            if not line.strip():
                self.reusable = self._goes_on and not rest
                return True


def legible(words: str, mask: Callable[[str], str]) -> str:
    """What somebody has said, fit to be shown: masked as a whole, then cut, without control characters."""
    return _UNSEEN.sub("\ufffd", mask(words)[:REPLY_KEPT])
