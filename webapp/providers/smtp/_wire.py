"""Wire: the lines of an SMTP conversation, in both directions, within bounds of time and size."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from select import POLLIN, POLLOUT, poll
from typing import Any

from webapp.providers._net import Deadline

REPLY_READ = 64 * 1024  # bytes of one answer; a longer one is cut, and nothing further is read from that server
_CODE = re.compile(rb"[2-5]\d\d")


class Wire(smtplib.SMTP):
    """smtplib's SMTP over a socket that is connected already, with readings and writings of its own.

    It greets as ``name``, or else as this machine. No step takes longer than ``timeout`` seconds and none goes on past
    ``deadline``, however slowly bytes drip. The socket never blocks; what has to be waited for is waited for here. Each
    call that could be saved is one moment less at which another thread takes the interpreter.
    """

    def __init__(self, sock: socket.socket, timeout: float, deadline: Deadline, name: str = "") -> None:
        super().__init__(local_hostname=name or _own_name(sock), timeout=timeout)
        self.sock: Any = sock
        self.sock.setblocking(False)
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
        """Send as much of it as is taken at once; how many bytes that was."""
        return self._in_time(self.sock.send, piece, POLLOUT)

    def _heard(self) -> bytes:
        """What the server says next. That takes a while: it is waited for before it is asked for."""
        decrypted = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()
        return self._in_time(self.sock.recv, 8192, POLLIN, 0 if decrypted else POLLIN)

    def _in_time(self, call: Callable[[Any], Any], given: object, ready: int, awaited: int = 0) -> Any:
        """What ``call`` gives, as soon as the socket is ``ready`` for it. Encryption may want the other direction."""
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
        """Whether the server has closed the connection, or says something that it was not asked."""
        try:
            self.unread += self.sock.recv(8192)
        except (BlockingIOError, ssl.SSLWantReadError):
            return bool(self.unread)
        except OSError:
            pass  # broken: whoever goes on will find it so
        return True

    def leave(self) -> None:
        """Say goodbye without waiting for the answer, and close. Never fails: whatever was to be sent has been."""
        try:
            self.sock.send(b"QUIT\r\n")
        except (OSError, ValueError):
            pass  # closed already, or not listening: the goodbye was only polite
        finally:
            self.close()


def _becomes(sock: Any, ready: int, wait: float) -> bool:
    """Whether it is ready, or broken, within ``wait`` seconds."""
    events = poll()
    events.register(sock, ready)
    return bool(events.poll(wait * 1000))


def _own_name(sock: socket.socket) -> str:
    """What to greet with: this host's full name, else its address. Never looked up: that can take a minute."""
    name, address = socket.gethostname(), sock.getsockname()[0]
    literal = f"[IPv6:{address}]" if ":" in address else f"[{address}]"
    return name if "." in name and name.isascii() else literal
