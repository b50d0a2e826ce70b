"""The receiving half of an exchange by HTTP/1.1: a Reading parses the answer piece by piece, with llhttp."""

from collections.abc import Mapping
from typing import NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

REPLY_READ = 64 * 1024  # bytes kept of an answer's body; the rest of a longer one is not read
_LONGEST_HEAD = 32 * 1024  # bytes of all headers together, those of interim answers included
_LONGEST = 2 * REPLY_READ  # bytes of a whole answer, chunk headers and trailers included
_NO_HTTP = "This is not HTTP."
# Lenient parsing is dangerous in a proxy, which passes on other people's requests. This connection carries only
# Belfry's own requests, so a far side may answer in old or sloppy HTTP without misleading anybody.
_LENIENCIES = {
    "lenient_headers": True,  # folded over lines, or with control characters
    "lenient_optional_cr_before_lf": True,
    "lenient_chunked_length": True,  # chunks although there is a length
    "lenient_spaces_after_chunk_size": True,
    "lenient_keep_alive": True,  # an answer behind an interim one of HTTP/1.0
}


class Head(NamedTuple):
    """What stands before an answer's body. Header names are in lower case; of one that is repeated, the last counts."""

    status: int
    words: str  # such as 404 Not Found
    headers: Mapping[str, str]


class Reading:
    """What has been read of an answer. ``head`` is None until all headers were read. ``reusable`` is set once the
    reading is over: the answer was read to its very end and the far side keeps the connection open.

    llhttp parses the bytes and calls the ``on_…`` methods.
    """

    def __init__(self) -> None:
        self.head: Head | None = None
        self.reusable, self.body, self.took = False, b"", 0.0
        self._words, self._headers = b"", dict[str, str]()
        self._whole, self._taken = False, 0  # taken: bytes
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_LENIENCIES)

    def take(self, piece: bytes) -> bool:
        """Parse the next bytes; empty bytes mean that the far side has hung up. Returns whether the answer is over.

        Raises EOFError where it ends amid its headers, ValueError where it is not HTTP. After a malformed body nothing
        further is read.
        """
        if not piece and not self.head:
            raise EOFError
        understood = self._understood(piece)
        if not (understood or self.head):
            raise ValueError(_NO_HTTP)
        over = self._whole or not understood or not piece or len(self.body) >= REPLY_READ
        self.reusable = self.reusable and understood
        if over:
            del self._parser  # it refers to this reading: the cycle would keep both until garbage collection
        return over

    def _understood(self, piece: bytes) -> bool:
        self._taken += len(piece)
        try:
            self._parser.feed_data(piece)
        except (HttpParserError, HttpParserUpgrade):
            return False
        return self._taken <= (_LONGEST if self.head else _LONGEST_HEAD)

    def on_message_begin(self) -> None:
        """Start again after an interim answer (1xx). Raises ValueError, which ends the parsing, for an unasked second
        answer."""
        if self._whole:
            raise ValueError(_NO_HTTP)
        self._words, self._headers = b"", {}

    def on_status(self, part: bytes) -> None:
        """Take a part of the words behind the status."""
        self._words += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header or a trailer; trailers are ignored."""
        if not self.head:
            self._headers[_text(name).lower()] = _text(value).strip()

    def on_headers_complete(self) -> None:
        """Complete the head, unless it is that of an interim answer."""
        status = self._parser.get_status_code()
        if status >= 200:
            self.head = Head(status, f"{status} {_text(self._words)}".strip(), self._headers)

    def on_body(self, part: bytes) -> None:
        """Keep the beginning of the body, up to REPLY_READ."""
        self.body += part[: REPLY_READ - len(self.body)]

    def on_message_complete(self) -> None:
        """Note that the answer is complete, unless it was an interim one."""
        if self.head:
            self._whole, self.reusable = True, self._parser.should_keep_alive()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
