"""Session: one SMTP conversation that knows how far it got and writes it into the transcript."""

import re
import socket
import ssl
from collections.abc import Sequence

from webapp.domain.envelope import REPLY_KEPT, Transcript
from webapp.providers._net import Deadline
from webapp.providers.smtp._account import Account
from webapp.providers.smtp._outcome import Stage, Step, not_offered, refused
from webapp.providers.smtp._wire import Wire

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Session(Wire):
    """One conversation with a server, over a connected socket.

    Every step is a phase of ``transcript``, and every failure is one of ``_outcome``. After a failure the session must
    be dropped: it may have stopped in the middle of a step.
    """

    def __init__(self, sock: socket.socket, account: Account, transcript: Transcript, deadline: Deadline) -> None:
        super().__init__(sock, account.timeout, deadline, account.helo)
        self.account, self.transcript, self.answer = account, transcript, ""

    # --- opening ---

    def begin(self) -> None:
        """Greeting, encryption and sign-in, as the account is set; never with less security than it is set to."""
        if self.account.security == "tls":
            self._encrypt_from_the_start()
        self._greet()
        if self.account.security == "starttls":
            self._start_tls()
        if self.account.credentials:
            self._sign_in()

    def _encrypt_from_the_start(self) -> None:
        with self._phase(Stage.TLS) as words:
            self._encrypt(words)

    def _greet(self) -> None:
        with self._phase(Stage.GREETING) as words:
            self._expect(Stage.GREETING, words)
            self._hello(words)

    def _start_tls(self) -> None:
        with self._phase(Stage.TLS) as words:
            if not self.has_extn("starttls"):
                raise not_offered("The server does not offer STARTTLS.")
            self.putcmd("STARTTLS")
            self._expect(Stage.TLS, words)
            if self.unread:
                raise not_offered("The server said something in clear that would have counted as encrypted.")
            self._encrypt(words)
            self._hello([])

    def _sign_in(self) -> None:
        with self._phase(Stage.SIGN_IN) as words:
            if not self._safe_for_secrets():
                raise not_offered("The password was kept back: this connection is not encrypted.")
            *leading, last = self.account.credentials
            for line in leading:
                self.putcmd(line)
                self._expect(Stage.SIGN_IN, words, 3)
            self.putcmd(last)
            self._expect(Stage.SIGN_IN, words)

    def _hello(self, words: list[str]) -> None:
        """EHLO, or HELO for a server that does not know EHLO."""
        code, reply = self.ehlo()
        if code // 100 == 5:
            code, reply = self.helo()
        if code // 100 != 2:
            words.append(self._legible(code, reply))
            raise refused(Stage.GREETING, code, words[-1])

    def _encrypt(self, words: list[str]) -> None:
        self.sock.settimeout(self.deadline.left(self.timeout))
        self.sock = self.account.trust().wrap_socket(self.sock, server_hostname=self.account.host)
        self.sock.setblocking(False)
        words.append(f"{self.sock.version()}, certificate for {self.account.host}, {self._validity()}")

    def _validity(self) -> str:
        """How long the certificate is still valid, so that whoever reads it can renew in time."""
        expires = str(self.sock.getpeercert()["notAfter"])
        days = (ssl.cert_time_to_seconds(expires) - self.transcript.started_at.timestamp()) // 86400
        return f"valid until {expires} ({days:.0f} days left)"

    def _safe_for_secrets(self) -> bool:
        return isinstance(self.sock, ssl.SSLSocket) or _is_loopback(self.sock)

    # --- one mail ---

    def sendmail(  # type: ignore[override]
        self,
        from_addr: str,
        to_addrs: str | Sequence[str],
        msg: bytes,
        mail_options: Sequence[str] = (),
        rcpt_options: Sequence[str] = (),
    ) -> dict[str, tuple[int, bytes]]:
        """Send one mail to one recipient; ``answer`` is what the server said when it took it.

        With PIPELINING the commands are sent together. The result is smtplib's, and empty: a refused recipient raises a
        failure here.
        """
        to = to_addrs if isinstance(to_addrs, str) else to_addrs[0]
        options = " ".join(["", *mail_options, *([f"SIZE={len(msg)}"] if self.has_extn("size") else [])])
        commands = {
            Stage.MAIL: f"MAIL FROM:<{from_addr}>{options}",
            Stage.RCPT: f"RCPT TO:<{to}>",
            Stage.DATA: "DATA",
        }
        if self.has_extn("pipelining"):
            commands = {Stage.MAIL: "\r\n".join(commands.values()), Stage.RCPT: "", Stage.DATA: ""}
        for stage, command in commands.items():
            with self._phase(stage) as words:
                if command:
                    self.send(f"{command}\r\n")
                self._expect(stage, words, 3 if stage is Stage.DATA else 2)
                if stage is Stage.DATA:
                    self._transfer(msg, words)
        with self._phase(Stage.HANDED_OVER) as words:
            self.answer = self._expect(Stage.HANDED_OVER, words)
        return {}

    def _transfer(self, msg: bytes, words: list[str]) -> None:
        """Send the body and the final dot, in one write where the socket takes it.

        Until the dot has left, the far side cannot have taken the mail. So before each piece, check whether it has
        answered or hung up already.
        """
        rest = memoryview(msg.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        while rest:
            if self.has_news():
                raise refused(Stage.DATA, *self._answer(words))
            rest = rest[self.send_some(rest) :]

    # --- what was said ---

    def _phase(self, stage: Stage) -> Step:
        return Step(self.transcript, stage)

    def _expect(self, stage: Stage, words: list[str], first_digit: int = 2) -> str:
        code, said = self._answer(words)
        if code // 100 != first_digit:
            raise refused(stage, code, said)
        return said

    def _answer(self, words: list[str]) -> tuple[int, str]:
        code, reply = self.getreply()
        words.append(self._legible(code, reply))
        return code, words[-1]

    def _legible(self, code: int, reply: bytes) -> str:
        """An answer for the transcript: password masked, valid text, no control characters, and cut."""
        said = self.account.mask(reply.decode("utf-8", "replace"))
        return _UNSEEN.sub("\ufffd", f"{code} {said}" if code > 0 else said)[:REPLY_KEPT]


def _is_loopback(sock: socket.socket) -> bool:
    address = sock.getpeername()[0]
    return address == "::1" or address.startswith("127.")
