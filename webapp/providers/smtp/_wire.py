"""Wire: the lines of an SMTP conversation, in both directions, within bounds of time and size."""

import re
import smtplib
import socket
from select import POLLIN, poll
from typing import Any

from webapp.providers._net import Deadline

REPLY_READ = 64 * 1024  # bytes of one answer; a longer one is cut, and nothing further is read from that server
_CODE = re.compile(rb"[2-5]\d\d")


class Wire(smtplib.SMTP):
    """smtplib's SMTP over a socket that is connected already, with readings and writings of its own.

    It greets as ``name``, or else as this machine. No step takes longer than ``timeout`` seconds and none goes on past
    ``deadline``, however slowly bytes drip.
    """

    def __init__(self, sock: socket.socket, timeout: float, deadline: Deadline, name: str = "") -> None:
        super().__init__(local_hostname=name or _own_name(sock), timeout=timeout)
        self.sock: Any = sock
        self.deadline, self.unread, self._cut = deadline, bytearray(), False

    def getreply(self) -> tuple[int, bytes]:
        """(code, text) of the next answer, code -1 where it is not SMTP. Reads REPLY_READ bytes at most, in time."""
        read, lines, line = 0, [], b"-----"
        while line[3:4] == b"-" and read < REPLY_READ:
            line = self._line()
            read += len(line)
            lines.append(line[4:].rstrip() if _CODE.match(line) else line.rstrip())
        self._cut = self._cut or read >= REPLY_READ
        return (int(line[:3]) if _CODE.match(line) else -1), b"\n".join(lines)

    def _line(self) -> bytes:
        if self._cut:
            raise EOFError
        while (end := self.unread.find(b"\n") + 1) == 0 and len(self.unread) < REPLY_READ:
            self.sock.settimeout(self.deadline.left(self.timeout))
            if not (more := self.sock.recv(8192)):
                raise EOFError
            self.unread += more
        line = bytes(self.unread[: end or REPLY_READ])
        del self.unread[: len(line)]
        return line

    def send(self, s: Any) -> None:
        """Send it all, within the deadline, however slowly the server takes it."""
        rest = memoryview(s.encode() if isinstance(s, str) else s)
        while rest:
            self.sock.settimeout(self.deadline.left(self.timeout))
            rest = rest[self.sock.send(rest) :]

    def has_news(self) -> bool:
        """Whether the server has closed the connection, or says something that it was not asked."""
        news = poll()
        news.register(self.sock, POLLIN)
        return bool(news.poll(0))

    def leave(self) -> None:
        """Say goodbye without waiting for the answer, and close. Never fails: whatever was to be sent has been."""
        try:
            self.sock.settimeout(0)
            self.sock.send(b"QUIT\r\n")
        except (OSError, ValueError):
            pass  # closed already, or not listening: the goodbye was only polite
        finally:
            self.close()


def _own_name(sock: socket.socket) -> str:
    """What to greet with: this host's full name, else its address. Never looked up: that can take a minute."""
    name, address = socket.gethostname(), sock.getsockname()[0]
    literal = f"[IPv6:{address}]" if ":" in address else f"[{address}]"
    return name if "." in name and name.isascii() else literal
