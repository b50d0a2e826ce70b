"""Wire: reads and writes the lines of an SMTP conversation, within limits of time and size."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from select import POLLIN, POLLOUT, poll
from typing import Any

from webapp.providers._net import Deadline

REPLY_READ = 64 * 1024  # bytes of one answer; a longer one is cut, and the connection is not read any further
_CODE = re.compile(rb"[2-5]\d\d")


class Wire(smtplib.SMTP):
    """smtplib's SMTP over a connected socket, with its own reading and writing.

    It greets as ``name``, or else as this machine. No step takes longer than ``timeout`` seconds and none goes on past
    ``deadline``, however slowly bytes drip. The socket is non-blocking and waits happen here, with as few system calls
    as possible: each is a moment at which another thread may take the interpreter.
    """

    def __init__(self, sock: socket.socket, timeout: float, deadline: Deadline, name: str = "") -> None:
        super().__init__(local_hostname=name or _own_name(sock), timeout=timeout)
        self.sock: Any = sock
        self.sock.setblocking(False)
        self.deadline, self.unread, self._cut = deadline, bytearray(), False

    def getreply(self) -> tuple[int, bytes]:
        """(code, text) of the next answer; the code is -1 where it is not SMTP. Reads at most REPLY_READ bytes, within
        the deadline."""
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
            if not (more := self._heard()):
                raise EOFError
            self.unread += more
        line = bytes(self.unread[: end or REPLY_READ])
        del self.unread[: len(line)]
        return line

    def send(self, s: Any) -> None:
        """Send it all, within the deadline, however slowly the server takes it."""
        rest = memoryview(s.encode() if isinstance(s, str) else s)
        while rest:
            rest = rest[self.send_some(rest) :]

    def send_some(self, piece: memoryview) -> int:
        """Send as much of ``piece`` as the socket takes at once. Returns the number of bytes."""
        return self._in_time(self.sock.send, piece, POLLOUT)

    def _heard(self) -> bytes:
        """The next bytes from the server. They take a while to come, so poll first instead of trying ``recv`` at
        once."""
        decrypted = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()
        return self._in_time(self.sock.recv, 8192, POLLIN, 0 if decrypted else POLLIN)

    def _in_time(self, call: Callable[[Any], Any], given: object, ready: int, awaited: int = 0) -> Any:
        """The result of ``call``, as soon as the socket is ready: ``ready`` is the event it usually waits for, and
        ``awaited`` one to poll for first. TLS may have to wait for the opposite direction."""
        while True:
            wait = self.deadline.left(self.timeout)
            if awaited and not _becomes(self.sock, awaited, wait):
                raise TimeoutError
            try:
                return call(given)
            except BlockingIOError:
                awaited = ready
            except ssl.SSLWantReadError:
                awaited = POLLIN
            except ssl.SSLWantWriteError:
                awaited = POLLOUT

    def has_news(self) -> bool:
        """Whether the server has closed the connection, or has said something unasked."""
        try:
            self.unread += self.sock.recv(8192)
        except (BlockingIOError, ssl.SSLWantReadError):
            return bool(self.unread)
        except OSError:
            pass  # the connection is broken: its next use will show that
        return True

    def leave(self) -> None:
        """Say QUIT without waiting for the answer, and close. Never fails: the mail itself has been sent."""
        try:
            self.sock.send(b"QUIT\r\n")
        except (OSError, ValueError):
            pass  # closed already, or not listening: QUIT was only polite
        finally:
            self.close()


def _becomes(sock: Any, ready: int, wait: float) -> bool:
    """Whether the socket is ready, or broken, within ``wait`` seconds."""
    events = poll()
    events.register(sock, ready)
    return bool(events.poll(wait * 1000))


def _own_name(sock: socket.socket) -> str:
    """The name to greet with: this host's full name, else its address. Never looked up: that can take a minute."""
    name, address = socket.gethostname(), sock.getsockname()[0]
    literal = f"[IPv6:{address}]" if ":" in address else f"[{address}]"
    return name if "." in name and name.isascii() else literal
