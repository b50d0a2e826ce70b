"""One exchange by HTTP: the Request, and the Reading of what comes back, which libcurl feeds piece by piece."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pycurl

from webapp.domain.envelope import REPLY_KEPT, Failure
from webapp.providers._line_faults import Stage

REPLY_READ = 64 * 1024  # bytes of an answer's body; of a longer one nothing further is read
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_STATUS = re.compile(rb"HTTP/\S+ +(\d{3})\b")
_SPOKEN = b"SSL connection using "


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
    """What is known of an exchange while it goes on. ``answered``: the last header of the answer was read."""

    def __init__(self, body: bytes) -> None:
        self._unsent, self._lines, self._block_ended = memoryview(body), list[bytes](), False
        self.stage, self.answered, self.dialled = Stage.CONNECT, False, False
        self.refused: Failure | None = None
        self.body, self.spoken, self.took = bytearray(), "", 0.0

    @property
    def status(self) -> int:
        """The status of the latest block of headers, 0 where that begins with none."""
        found = _STATUS.match(self._lines[0])
        return int(found[1]) if found else 0

    @property
    def status_words(self) -> str:
        """Such as ``404 Not Found``."""
        return self._lines[0].decode("utf-8", "replace").partition(" ")[2].strip()

    def headers(self) -> dict[str, str]:
        """By name, in lower case; of one that is repeated, the last."""
        pairs = (line.decode("utf-8", "replace").partition(":") for line in self._lines[1:])
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    def give(self, size: int) -> bytes:
        """The next of the request's body. It is never rewound: without, libcurl would quietly send the whole request
        a second time where a kept connection breaks before the answer."""
        given, self._unsent = self._unsent[:size], self._unsent[size:]
        if not self._unsent:
            self.stage = Stage.ANSWER
        return bytes(given)

    def take_header(self, line: bytes) -> None:
        """One line of what precedes the body. An interim answer (1xx) is followed by another one; what comes behind
        the body says nothing that counts."""
        if self.answered:
            return
        if self._block_ended:
            self._lines, self._block_ended = [], False
        if line.strip():
            self._lines.append(line)
        elif self._lines:
            self._block_ended, self.answered = True, self.status >= 200

    def take_body(self, chunk: bytes) -> int:
        """As much as is read; anything but the chunk's length ends the exchange."""
        self.body += chunk[: REPLY_READ - len(self.body)]
        return len(chunk) if len(self.body) < REPLY_READ else 0

    def overhear(self, kind: int, words: bytes) -> None:
        """What libcurl says of itself; only here does it name the version of TLS."""
        if kind == pycurl.INFOTYPE_TEXT and words.startswith(_SPOKEN):
            self.spoken = words[len(_SPOKEN) :].split()[0].decode("ascii", "replace")


def legible(words: str, mask: Callable[[str], str]) -> str:
    """What somebody has said, fit to be shown: masked as a whole, then cut, without control characters."""
    return _UNSEEN.sub("\ufffd", mask(words)[:REPLY_KEPT])
