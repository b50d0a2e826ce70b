"""Flask-Mail's connection and message, with what they lack: address checks, a deadline, reuse, and prepared bytes."""

import logging

from flask_mail import Connection, Mail, Message, email_dispatched

from webapp.domain.envelope import Blame, Envelope, Failure, PermanentFailure, Transcript
from webapp.domain.reason import Reason
from webapp.providers._mime import build, international, mailbox, message_id, own_mailbox
from webapp.providers._net import Deadline, allowed_words, connect, look_up
from webapp.providers.smtp._account import Account
from webapp.providers.smtp._outcome import Stage, Step, gone_quietly
from webapp.providers.smtp._session import Session

_log = logging.getLogger(__name__)
IDLE = 30.0  # seconds after which a server or a firewall may have forgotten a silent connection
MAILS = 100  # per connection: many servers end it there by themselves


class PreparedMessage(Message):
    """A mail whose bytes are made already: building it from parts costs more than sending it."""

    def __init__(self, envelope: Envelope, account: Account) -> None:
        # Flask-Mail's own constructor makes up a Message-ID each time, for which it looks up this host's name.
        self.recipients = [mailbox(envelope.address)]
        self.subject, self.body = envelope.subject, envelope.text
        self.alts = {} if envelope.html is None else {"html": envelope.html}
        self.sender, self.reply_to = own_mailbox(account.sender), account.reply_to or None
        self.cc, self.bcc, self.attachments = [], [], []
        self.mail_options, self.rcpt_options = [], []
        self.extra_headers, self.charset = dict(envelope.headers), "utf-8"
        self.date = envelope.created_at.timestamp()
        self.msgId = envelope.message_id or message_id(envelope.id, account.sender)
        self._bytes = build(envelope, sender=account.sender, sender_name=account.sender_name, reply_to=account.reply_to)

    def as_bytes(self) -> bytes:
        """The bytes as they were prepared."""
        return self._bytes


class KeptConnection(Connection):
    """One thread's connection to one account, kept from mail to mail."""

    host: Session | None

    def __init__(self, account: Account) -> None:
        state = Mail().init_mail({"MAIL_SERVER": account.host, "MAIL_PORT": account.port})
        super().__init__(state)  # pyright: ignore[reportArgumentType]: what Flask-Mail itself hands in
        self.account, self._used_at = account, 0.0

    def hand_over(self, message: Message, transcript: Transcript, deadline: Deadline) -> str:
        """Send on the kept connection or on a new one. Returns the server's words when it took the mail.

        After any failure the connection is dropped: the next mail uses a new one.
        """
        self._transcript, self._deadline = transcript, deadline
        try:
            reply = self._on_kept(message) or self._on_new(message)
        except BaseException:
            self.drop()
            raise
        self._used_at = transcript.monotonic()
        return reply

    def _on_kept(self, message: Message) -> str:
        """The server's words; empty where there is no kept connection that is still good.

        A server may have closed it without notice until MAIL. Nothing has been sent by then, so the mail may go out on
        a new connection within the same try.
        """
        if self.host is None or not self._still_good(self.host):
            return ""
        self.host.transcript, self.host.deadline = self._transcript, self._deadline
        try:
            self.send(message)
        except Failure as failure:
            if self._transcript.reached != Stage.MAIL or not gone_quietly(failure):
                raise
            return ""
        return self.host.answer

    def _on_new(self, message: Message) -> str:
        self.drop()
        self.host = self.configure_host()
        self.send(message)
        return self.host.answer

    def _still_good(self, host: Session) -> bool:
        idle = self._transcript.monotonic() - self._used_at
        return self.num_emails < MAILS and idle < IDLE and not host.has_news()

    def configure_host(self) -> Session:
        """A session that is ready for mail: looked up, checked, connected, encrypted and signed in as configured."""
        with Step(self._transcript, Stage.LOOK_UP) as words:
            allowed, wait = self.account.allowed, self._deadline.left(self.account.timeout)
            targets = look_up(self.account.host, self.account.port, allowed=allowed, wait=wait)
            words.append(allowed_words(self.account.host, targets))
        with Step(self._transcript, Stage.CONNECT) as words:
            sock = connect(targets, deadline=self._deadline, timeout=self.account.timeout)
            words.append(f"{sock.getpeername()[0]}, port {self.account.port}")
        session = Session(sock, self.account, self._transcript, self._deadline)
        try:
            session.begin()
        except BaseException:
            session.close()
            raise
        return session

    def send(self, message: Message, envelope_from: str | tuple[str, str] | None = None) -> None:
        """As Flask-Mail's, but the addresses are bare and checked already.

        Flask-Mail would parse and encode them again, which takes half as long as everything else and fails for
        international addresses. The signal's sender is this connection: a provider knows no application.
        """
        self.host = self.host or self.configure_host()
        to = str(message.recipients[0])
        options = _options_for(to, self.host)
        self.host.sendmail(str(envelope_from or own_mailbox(self.account.return_path)), to, message.as_bytes(), options)
        self.num_emails += 1
        try:
            email_dispatched.send(self, message=message)
        except Exception:  # noqa: BLE001 — the mail has been taken, whatever becomes of those who listen
            _log.exception("A listener to email_dispatched raised")

    def drop(self) -> None:
        """Close the connection, if any. The next mail opens a new one."""
        if self.host is not None:
            self.host.leave()
        self.num_emails = 0
        self.host = None  # pyright: ignore[reportIncompatibleVariableOverride]: as narrow as configure_host


def _options_for(to: str, host: Session) -> list[str]:
    if not international(to):
        return []
    if not host.has_extn("smtputf8"):
        words = "The address is not ASCII, and the server does not offer SMTPUTF8."
        raise PermanentFailure(Reason.RECIPIENT_REFUSED, words, blame=Blame.RECIPIENT)
    return ["SMTPUTF8", "BODY=8BITMIME"]
