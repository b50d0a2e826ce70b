"""Mail servers for tests: one whose answers can be set, and Debian's smtp-sink."""

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Condition
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support import machine

ARRIVES_WITHIN = 30.0


@dataclass(frozen=True)
class Mail:
    """One message as it arrived."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """Its headers and parts."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.message["Subject"])


class SmtpServer:
    """A mail server in a thread of its own. The mails it has taken are in ``mails``.

    ``answer`` is the reply at the end of a message: a line, or a function of the Mail that returns one. ``latency`` is
    the delay of each reply in seconds. Further keywords go to aiosmtpd's Controller: ``ssl_context``,
    ``authenticator``, ``require_starttls`` …
    """

    def __init__(self, **options: Any) -> None:
        self.mails: list[Mail] = []
        self.answer: str | Callable[[Mail], str] = "250 OK: queued"
        self.latency = 0.0
        self.held = 0
        self._changed = Condition()
        self._open = asyncio.Event()
        self._open.set()
        self.port = machine.free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)

    def start(self) -> None:
        """Listen."""
        self._controller.start()

    def stop(self) -> None:
        """Release waiting messages and stop listening."""
        self.release()
        self._controller.stop()

    def hold(self) -> None:
        """From now on keep every message waiting for its answer."""
        self._controller.loop.call_soon_threadsafe(self._open.clear)

    def release(self) -> None:
        """Answer the waiting messages and all later ones."""
        self._controller.loop.call_soon_threadsafe(self._open.set)

    def wait_for(self, count: int, within: float = ARRIVES_WITHIN) -> list[Mail]:
        """Wait until so many messages were taken, and return them."""
        self._wait(lambda: len(self.mails) >= count, within, f"{count} messages")
        return list(self.mails)

    def wait_until_held(self, count: int, within: float = ARRIVES_WITHIN) -> None:
        """Return once that many messages are waiting for their answer."""
        self._wait(lambda: self.held >= count, within, f"{count} held messages")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd after a message's final dot."""
        mail = Mail(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.original_content or b"")
        self._note(held=1)
        try:
            await asyncio.sleep(self.latency)
            await self._open.wait()
        finally:
            self._note(held=-1)
        answer = self.answer if isinstance(self.answer, str) else self.answer(mail)
        if answer.startswith("2"):
            self._note(mail)
        return answer

    def _note(self, *mails: Mail, held: int = 0) -> None:
        with self._changed:
            self.mails.extend(mails)
            self.held += held
            self._changed.notify_all()

    def _wait(self, happened: Callable[[], bool], within: float, what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(happened, within):
                pytest.fail(f"No {what} within {within:g} s; taken: {len(self.mails)}, held: {self.held}.")


class SmtpSink:
    """Debian's smtp-sink, writing each message it takes into a file of its own."""

    def __init__(self, program: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="belfry-sink-"))
        self.port = machine.free_port()
        as_nobody = []
        if os.geteuid() == 0:
            os.chown(self.folder, pwd.getpwnam("nobody").pw_uid, -1)
            as_nobody = ["-u", "nobody"]
        address = f"127.0.0.1:{self.port}"
        self._process = subprocess.Popen([program, *as_nobody, "-d", "mail.", address, "100"], cwd=self.folder)
        self._wait_until_it_listens()

    def mails(self) -> list[EmailMessage]:
        """What it has taken, in no order. Each has headers X-Mail-Args and X-Rcpt-Args for the envelope."""
        files = self.folder.glob("mail.*")
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def stop(self) -> None:
        """End it and remove its files."""
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self.folder)

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + ARRIVES_WITHIN
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return


@pytest.fixture
def make_smtp_server() -> Iterator[Callable[..., SmtpServer]]:
    """Start mail servers with options of your own, such as ``make_smtp_server(require_starttls=True, …)``."""
    servers: list[SmtpServer] = []

    def make(**options: Any) -> SmtpServer:
        server = SmtpServer(**options)
        server.start()
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def smtp_server(make_smtp_server: Callable[..., SmtpServer]) -> SmtpServer:
    """A plain mail server on ``smtp_server.port`` that takes everything."""
    return make_smtp_server()


@pytest.fixture
def smtp_sink(pytestconfig: pytest.Config) -> Iterator[SmtpSink]:
    """A mail server that is not Python's: Debian's smtp-sink on ``smtp_sink.port``."""
    program = machine.smtp_sink()
    if program is None:
        machine.missing("smtp-sink (Debian's postfix)", pytestconfig)
        return
    sink = SmtpSink(program)
    yield sink
    sink.stop()
