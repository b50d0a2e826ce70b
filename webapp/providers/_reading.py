"""The far half of an exchange by HTTP/1.1: the Reading of what comes back, piece by piece, by llhttp."""

from collections.abc import Mapping
from typing import NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

REPLY_READ = 64 * 1024  # bytes of an answer's body; of a longer one nothing further is read
_LONGEST_HEAD = 32 * 1024  # bytes of all headers together, those of interim answers included
_LONGEST = 2 * REPLY_READ  # bytes of an answer, with all that stands around its chunks
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
