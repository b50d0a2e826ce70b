"""One exchange by HTTP/1.1: the Request as bytes, and the Reading of what comes back, piece by piece."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from webapp.domain.envelope import REPLY_KEPT

REPLY_READ = 64 * 1024  # bytes of an answer's body; of a longer one nothing further is read
PORTS = {"https": 443, "http": 80}
_LONGEST_HEAD = 32 * 1024  # bytes of all headers together, those of interim answers included
_LONGEST = 2 * REPLY_READ  # bytes of an answer, with all that stands around its chunks
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_TOKEN, _SEEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"), re.compile("[!-~]+")
_OURS = {"host", "content-length", "transfer-encoding"}  # they say where a request goes to, and where it ends
_NO_HTTP = "This is not HTTP."
# They are dangerous to who passes on what others ask. Here a request has been taken, and who has taken it may say so in
# the HTTP of its day: nobody else is behind this connection whom it could mislead.
_LENIENCIES = {
    "lenient_headers": True,  # folded over lines, or with control characters
    "lenient_optional_cr_before_lf": True,
    "lenient_chunked_length": True,  # chunks although there is a length
    "lenient_spaces_after_chunk_size": True,
    "lenient_keep_alive": True,  # an answer behind an interim one of HTTP/1.0
}
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
        """As it leaves. Raises ValueError for what would make it another request than it says: a header that ends its
        line or that is not the caller's, or an address that is none."""
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
    """What every request to ``url`` begins with, where it has ``headers`` of its own."""
    parts, own = urlsplit(url), {name.lower() for name in headers}
    asked = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if not all(map(_TOKEN.fullmatch, (method, *headers))) or own & _OURS or not _SEEN.fullmatch(url):
        raise ValueError("A header or an address is not what it should be.")
    usual = [line for name, line in _USUAL.items() if name not in own]
    return "".join(f"{line}\r\n" for line in (f"{method} {asked} HTTP/1.1", f"Host: {place(url)}", *usual)).encode()


class Head(NamedTuple):
    """What stands before an answer's body. Header names are in lower case; of one that is repeated, the last counts."""

    status: int
    words: str  # such as 404 Not Found
    headers: Mapping[str, str]


class Reading:
    """What has been read of an answer. ``head``: all of its headers, None before the last of them. ``reusable``, once
    it is over: it was read to its very end, and the far side goes on listening.

    What the bytes mean is llhttp's to say, which calls what is named ``on_…``.
    """

    def __init__(self) -> None:
        self.head: Head | None = None
        self.reusable, self.body, self.took = False, b"", 0.0
        self._words, self._headers = b"", dict[str, str]()
        self._whole, self._taken = False, 0  # taken: bytes
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_LENIENCIES)

    def take(self, piece: bytes) -> bool:
        """What comes next, nothing where the far side has hung up. Whether the answer is over.

        Raises EOFError where it ends amid its headers, ValueError where it is not HTTP. Of a body that makes no sense,
        nothing further is read.
        """
        if not piece and not self.head:
            raise EOFError
        understood = self._understood(piece)
        if not (understood or self.head):
            raise ValueError(_NO_HTTP)
        over = self._whole or not understood or not piece or len(self.body) >= REPLY_READ
        self.reusable = self.reusable and understood
        if over:
            del self._parser  # which knows this reading: both would wait for the garbage to be collected
        return over

    def _understood(self, piece: bytes) -> bool:
        self._taken += len(piece)
        try:
            self._parser.feed_data(piece)
        except (HttpParserError, HttpParserUpgrade):
            return False
        return self._taken <= (_LONGEST if self.head else _LONGEST_HEAD)

    def on_message_begin(self) -> None:
        """Begin anew after an interim answer (1xx). Nobody asked for a second one: ValueError ends the parsing."""
        if self._whole:
            raise ValueError(_NO_HTTP)
        self._words, self._headers = b"", {}

    def on_status(self, part: bytes) -> None:
        """Take a part of the words behind the status."""
        self._words += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer, which says nothing that counts."""
        if not self.head:
            self._headers[_text(name).lower()] = _text(value).strip()

    def on_headers_complete(self) -> None:
        """Know the head, unless it is that of an interim answer."""
        status = self._parser.get_status_code()
        if status >= 200:
            self.head = Head(status, f"{status} {_text(self._words)}".strip(), self._headers)

    def on_body(self, part: bytes) -> None:
        """Keep as much as is kept of a body."""
        self.body += part[: REPLY_READ - len(self.body)]

    def on_message_complete(self) -> None:
        """Know that this was all, unless it was an interim answer."""
        if self.head:
            self._whole, self.reusable = True, self._parser.should_keep_alive()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def legible(words: str, mask: Callable[[str], str]) -> str:
    """What somebody has said, fit to be shown: masked as a whole, then cut, without control characters."""
    return _UNSEEN.sub("\ufffd", mask(words)[:REPLY_KEPT])
