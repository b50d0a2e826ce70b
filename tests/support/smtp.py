"""A mail server that follows a script, with faults: each entry says what happens at one stage."""

import socket
import ssl
import struct
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread

USUAL = {
    "greeting": "220 scripted.example.com ready",
    "EHLO": "250 scripted.example.com",
    "HELO": "250 scripted.example.com",
    "STARTTLS": "220 go on",
    "AUTH": "235 welcome",
    "MAIL": "250 sender ok",
    "RCPT": "250 recipient ok",
    "DATA": "354 go on",
    ".": "250 taken",
    "QUIT": "221 bye",
}


class Over(Exception):
    """The script ends the connection."""


@dataclass
class Conversation:
    """One connection, as an action of the script sees it."""

    sock: socket.socket
    stopped: Event
    unread: bytes = b""

    def say(self, words: bytes) -> None:
        self.sock.sendall(words)

    def line(self) -> bytes:
        """The next line from the client; empty where it has disconnected."""
        while b"\n" not in self.unread:
            if not (more := self.sock.recv(65536)):
                return b""
            self.unread += more
        line, _, self.unread = self.unread.partition(b"\n")
        return line + b"\n"


Action = Callable[[Conversation], None]


def drop(conversation: Conversation) -> None:
    """Close gracefully."""
    raise Over


def reset(conversation: Conversation) -> None:
    """Close with a reset, as when a process is killed."""
    conversation.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Over


def hang(conversation: Conversation) -> None:
    """Say nothing more until the client gives up."""
    while conversation.sock.recv(65536):
        pass
    raise Over


def dripping(every_s: float) -> Action:
    """Send one byte at a time and never finish the line."""

    def action(conversation: Conversation) -> None:
        while not conversation.stopped.wait(every_s):
            conversation.say(b"2")
        raise Over

    return action


drip = dripping(0.02)


def gush(opening: bytes) -> Action:
    """Send an endless line, as fast as the client reads it."""

    def action(conversation: Conversation) -> None:
        conversation.say(opening)
        while True:
            conversation.say(b"A" * 65536)

    return action


def then_drop(words: str) -> Action:
    """Send this line, and close."""

    def action(conversation: Conversation) -> None:
        conversation.say(words.encode() + b"\r\n")
        raise Over

    return action


def then_hang(words: str) -> Action:
    """Send this line, and nothing more."""

    def action(conversation: Conversation) -> None:
        conversation.say(words.encode() + b"\r\n")
        hang(conversation)

    return action


def raw(words: bytes) -> Action:
    """Say these very bytes."""
    return lambda conversation: conversation.say(words)


@dataclass
class ScriptedServer:
    """``script`` replaces answers of USUAL: by a reply, an action, or a list with one for each time.

    ``mails`` are those that it accepted with a 2xx, ``complete`` all that came up to the dot, ``commands`` everything
    it received.
    """

    script: Mapping[str, str | Action | list[str | Action]] = field(default_factory=dict)
    offers: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    from_the_start: bool = False

    def __post_init__(self) -> None:
        self.mails: list[bytes] = []
        self.complete: list[bytes] = []
        self.commands: list[str] = []
        self.connected_at: list[float] = []  # on the monotonic clock
        self._turns: dict[str, int] = defaultdict(int)
        self._stopped = Event()
        self._threads: list[Thread] = []
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._run(self._accept)

    @property
    def connections(self) -> int:
        """How many there were."""
        return len(self.connected_at)

    def stop(self) -> None:
        """Close everything and wait for every thread."""
        self._stopped.set()
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(30)

    def _run(self, target: Callable[..., None], *arguments: object) -> None:
        thread = Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connected_at.append(time.monotonic())
            self._open.append(sock)
            self._run(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        conversation = Conversation(sock, self._stopped)
        try:
            if self.from_the_start:
                self._encrypt(conversation)
            self._talk(conversation)
        except (Over, OSError):
            pass
        finally:
            conversation.sock.close()

    def _encrypt(self, conversation: Conversation) -> None:
        assert self.tls is not None
        conversation.sock = self.tls.wrap_socket(conversation.sock, server_side=True)
        self._open.append(conversation.sock)

    def _talk(self, conversation: Conversation) -> None:
        self._answer(conversation, "greeting")
        while line := conversation.line():
            command = line.decode("utf-8", "replace").strip()
            self.commands.append(command)
            verb = command.split(" ")[0].split(":")[0].upper()
            answered = self._answer(conversation, verb)
            if verb == "STARTTLS" and answered.startswith("2"):
                self._encrypt(conversation)
            if verb == "AUTH" and answered.startswith("334"):
                self._sign_in(conversation)
            if verb == "DATA" and answered.startswith("354"):
                self._take(conversation)
            if verb == "QUIT":
                return

    def _sign_in(self, conversation: Conversation) -> None:
        for stage in ("AUTH user", "AUTH password"):
            self.commands.append(conversation.line().decode().strip())
            self._answer(conversation, stage)

    def _take(self, conversation: Conversation) -> None:
        lines: list[bytes] = []
        while (line := conversation.line()) != b".\r\n":
            if not line:
                raise Over
            lines.append(line[1:] if line.startswith(b".") else line)
        self.complete.append(b"".join(lines))
        answer = self._next(".")
        if isinstance(answer, str) and answer.startswith("2"):
            self.mails.append(self.complete[-1])
        self._answer(conversation, ".")

    def _answer(self, conversation: Conversation, stage: str) -> str:
        answer = self._next(stage)
        self._turns[stage] += 1
        if callable(answer):
            answer(conversation)
            return ""
        if stage == "EHLO" and answer.startswith("2"):
            answer = "\r\n".join([f"250-{words}" for words in (answer[4:], *self.offers)] + ["250 HELP"])
        conversation.say(answer.encode() + b"\r\n")
        return answer

    def _next(self, stage: str) -> str | Action:
        answers = self.script.get(stage, USUAL.get(stage, "502 what?"))
        return answers if not isinstance(answers, list) else answers[min(self._turns[stage], len(answers) - 1)]
