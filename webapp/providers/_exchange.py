"""One exchange by HTTP: the Request, and the Reading of what comes back, which libcurl feeds piece by piece."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pycurl

from webapp.domain.envelope import REPLY_KEPT, Failure
from webapp.providers._line_faults import Stage

REPLY_READ = 64 * 1024  # bytes of an answer's body; of a longer one nothing further is read
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_STATUS = re.compile(rb"HTTP/\S+ +(\d{3})\b")
_SPOKEN = b"SSL connection using "


class Place(NamedTuple):
    """Where a URL leads to, and how."""

    scheme: str
    host: str
    port: int


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


class Reading:
    """What is known of an exchange. ``answered``, once it has ended: the last header of the answer was read.

    ``gone``: the kept connection was not there any more, and libcurl wanted another one.
    """

    def __init__(self, *, kept: bool) -> None:
        self.heard: list[bytes] = []  # all lines that are not of the body, as they come
        self._lines: list[bytes] = []
        self.stage, self.answered = Stage.REQUEST if kept else Stage.CONNECT, False
        self.dialled = self.gone = False
        self.refused: Failure | None = None
        self.body, self.spoken, self.took = bytearray(), "", 0.0

    @property
    def status(self) -> int:
        """The status that the answer's headers begin with, 0 where they begin with none."""
        return _status(self._lines[0])

    @property
    def status_words(self) -> str:
        """Such as ``404 Not Found``."""
        return self._lines[0].decode("utf-8", "replace").partition(" ")[2].strip()

    def headers(self) -> dict[str, str]:
        """By name, in lower case; of one that is repeated, the last."""
        pairs = (line.decode("utf-8", "replace").partition(":") for line in self._lines[1:])
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    def end(self) -> None:
        """Find the answer's headers. An interim answer (1xx) is followed by another one; what comes behind the body
        says nothing that counts."""
        block: list[bytes] = []
        for line in self.heard:
            if line.strip():
                block.append(line)
            elif block and _status(block[0]) >= 200:
                self._lines, self.answered = block, True
                return
            else:
                block = []

    def take_body(self, chunk: bytes) -> int:
        """As much as is read; anything but the chunk's length ends the exchange."""
        self.body += chunk[: REPLY_READ - len(self.body)]
        return len(chunk) if len(self.body) < REPLY_READ else 0

    def overhear(self, kind: int, words: bytes) -> None:
        """What libcurl says of itself; only here does it name the version of TLS."""
        if kind == pycurl.INFOTYPE_TEXT and words.startswith(_SPOKEN):
            self.spoken = words[len(_SPOKEN) :].split()[0].decode("ascii", "replace")


def _status(line: bytes) -> int:
    found = _STATUS.match(line)
    return int(found[1]) if found else 0


def legible(words: str, mask: Callable[[str], str]) -> str:
    """What somebody has said, fit to be shown: masked as a whole, then cut, without control characters."""
    return _UNSEEN.sub("\ufffd", mask(words)[:REPLY_KEPT])
