"""An SMTP server that takes every mail, and offers PIPELINING."""

from bench.servers._process import Sink

_HELLO = b"250-sink.example.com\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10485760\r\n"
_ANSWERS = {b"EHLO": _HELLO, b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
_OK = b"250 OK\r\n"
_DOT = b"\r\n.\r\n"


class SmtpConversation:
    """One connection."""

    greeting = b"220 sink.example.com ESMTP\r\n"

    def __init__(self) -> None:
        self._unread, self._in_data = b"", False

    def hear(self, data: bytes) -> tuple[bytes, int]:
        """An answer for each command and each mail that is whole."""
        unread, answers, mails = self._unread + data, list[bytes](), 0
        while True:
            end = _DOT if self._in_data else b"\r\n"
            piece, found, rest = unread.partition(end)
            if not found:
                break
            answers.append(_OK if self._in_data else _ANSWERS.get(piece[:4].upper(), _OK))
            mails += self._in_data
            self._in_data, unread = not self._in_data and piece[:4].upper() == b"DATA", rest
        self._unread = unread
        return b"".join(answers), mails


def smtp_sink(delay_s: float = 0.0) -> Sink:
    """A sink that answers ``delay_s`` after the final dot of each mail. Use it in a ``with`` block."""
    return Sink(SmtpConversation, delay_s)
