"""``smtp``: e-mail through an SMTP server, over Flask-Mail's connection with Belfry's own care around it.

From the door down: ``Smtp.send`` writes the mail and hands it to the calling thread's kept connection
(``_connection``); that speaks SMTP through a session (``_session``, on the ``_wire``) which knows how far it got;
what a refusal or a break means stands in one table (``_outcome``).
"""

from collections.abc import Mapping
from threading import local
from typing import ClassVar

from webapp.domain.envelope import Accepted, Envelope, Transcript
from webapp.domain.field import Field
from webapp.domain.guide import Preset
from webapp.domain.reason import Reason
from webapp.providers._base import Provider, Settings, Surroundings
from webapp.providers._mime import message_id
from webapp.providers._net import Deadline
from webapp.providers.smtp._account import Account
from webapp.providers.smtp._connection import KeptConnection, PreparedMessage
from webapp.providers.smtp._presets import PRESETS
from webapp.providers.smtp._typed import FIELDS, problems, tidied

# Times the timeout of one step. Twice the default of 10 s is as long as somebody waiting for a test can be asked to
# wait.
STEPS_PER_TRY = 2


class Smtp(Provider):
    """Sends through one SMTP account. Each thread that sends keeps a connection of its own."""

    kind = "smtp"
    label = "SMTP"
    summary = "E-mail through any mail server."
    media = ("email",)
    fields: ClassVar[tuple[Field, ...]] = FIELDS
    presets: ClassVar[tuple[Preset, ...]] = PRESETS
    culprits: ClassVar[Mapping[Reason, str]] = {
        Reason.DNS: "host",
        Reason.BLOCKED_TARGET: "host",
        Reason.CONNECT_REFUSED: "port",
        Reason.CONNECT_TIMEOUT: "port",
        Reason.TLS: "security",
        Reason.AUTH: "password",
        Reason.SENDER_REFUSED: "sender",
        Reason.TIMEOUT_BEFORE_DATA: "timeout",
        Reason.TIMEOUT_AFTER_DATA: "timeout",
    }

    def __init__(self, name: str, settings: Settings, surroundings: Surroundings) -> None:
        super().__init__(name, settings, surroundings)
        self._account = Account.of(settings, surroundings)
        self._thread = local()

    @classmethod
    def tidied(cls, raw: Mapping[str, str]) -> dict[str, str]:
        """Moves a port or a scheme that was pasted with the server's name to its own field."""
        return tidied(raw)

    @classmethod
    def problems(cls, settings: Settings) -> dict[str, str]:
        """A password needs an encrypted connection; addresses and host names must be valid."""
        return problems(settings)

    @classmethod
    def message_id(cls, envelope_id: str, settings: Settings) -> str:
        """Of the sender's domain."""
        return message_id(envelope_id, str(settings["sender"]))

    @property
    def timeout(self) -> float:
        """The deadline of one whole send, which also cuts off a server that answers a byte a second."""
        return self._account.timeout * STEPS_PER_TRY

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        """Hand the mail over, on this thread's kept connection where it is still good.

        Returns when the server has confirmed the mail; whatever it says later, at QUIT, changes nothing. Raises the
        failures of ``_outcome``, "may have arrived" only if the final dot had left. Never sends in clear where
        encryption is configured; no secret is in what it returns, raises or writes into the transcript.
        """
        deadline = Deadline(self.timeout, transcript.monotonic)
        message = PreparedMessage(envelope, self._account)
        return Accepted(self._connection().hand_over(message, transcript, deadline))

    def close(self) -> None:
        """Say QUIT on the calling thread's connection and close it."""
        self._connection().drop()

    def _connection(self) -> KeptConnection:
        if not hasattr(self._thread, "connection"):
            self._thread.connection = KeptConnection(self._account)
        return self._thread.connection


PROVIDER = Smtp
