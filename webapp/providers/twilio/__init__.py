"""``twilio``: SMS through Twilio Messages, phones verified by Twilio Verify, and Twilio's delivery reports.

From the door down: ``Twilio`` calls the SDK (``_sdk``), which goes out by our transport; a refusal is judged by the one
table of Twilio's codes (``_codes``, read by ``_outcome``). Later reports (``_callback``) are judged by the same table.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import ClassVar

from webapp.domain.envelope import Accepted, Blame, ConfigurationFailure, Envelope, Format, PermanentFailure, Transcript
from webapp.domain.field import Field
from webapp.domain.later_word import LaterWord
from webapp.domain.phone import international
from webapp.domain.reason import Reason
from webapp.domain.segments import segments
from webapp.domain.verification import Verdict
from webapp.providers._base import Listener, Settings, Surroundings, Verifier
from webapp.providers._transport import Transport
from webapp.providers.twilio._account import CULPRITS, FIELDS, Account, notes, problems, tidied
from webapp.providers.twilio._callback import believe, understood
from webapp.providers.twilio._outcome import Refusal
from webapp.providers.twilio._sender import Sender, sender
from webapp.providers.twilio._verify import Ask, check, start

LONGEST_TEXT = 1600  # letters that Twilio takes in one message
_LOG = logging.getLogger(__name__)


class Twilio(Verifier, Listener):
    """One Twilio account. Notifications always go out as messages; Verify, where set up, is only used to verify
    phones."""

    kind = "twilio"
    label = "Twilio"
    summary = "SMS through an account with Twilio."
    media = ("sms",)
    fields: ClassVar[tuple[Field, ...]] = FIELDS
    format = Format(max_length=LONGEST_TEXT, html=False)
    culprits: ClassVar[Mapping[Reason, str]] = CULPRITS

    def __init__(self, name: str, settings: Settings, surroundings: Surroundings) -> None:
        super().__init__(name, settings, surroundings)
        self._account = Account.of(settings)
        self._transport = Transport(surroundings.allowed_networks, mask=self._account.mask)

    @classmethod
    def tidied(cls, raw: Mapping[str, str]) -> dict[str, str]:
        """Removes spaces that were pasted with SIDs, and puts a number into the form +49…."""
        return tidied(raw)

    @classmethod
    def problems(cls, settings: Settings) -> dict[str, str]:
        """SIDs must be of the right thing, the sender must be possible, and the endpoint encrypted."""
        return problems(settings)

    @classmethod
    def notes(cls, settings: Settings) -> dict[str, str]:
        """Which of the four kinds of sender it is."""
        return notes(settings)

    @property
    def timeout(self) -> float:
        """The deadline of one whole send."""
        return self._account.timeout

    # --- messages ---

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        """Hand the text over as one message. Raises the failures of the transport and of ``_outcome``.

        A success whose body cannot be read is still a success: sending the message again would duplicate it.
        """
        message = self._message(envelope, transcript)
        with _as_failures(transcript):
            told = self._asking(transcript)(lambda client: client.messages.create(**message))
        if told.of is None:
            _LOG.warning("Twilio took envelope %s, but its answer could not be read.", envelope.id)
            return Accepted(f"Taken, but the answer could not be read. {told.answer.words}")
        return Accepted(self._account.mask(f"{told.of.sid}: {told.of.status}, segments: {told.of.num_segments}"))

    def _message(self, envelope: Envelope, transcript: Transcript) -> dict[str, str]:
        """The message's parameters, as the SDK names them. No callback is requested where none could be verified."""
        with transcript.phase("message") as words:
            source, text = _sender(self._account.sender), envelope.text.strip()
            words += [f"From {source}", f"Text: {segments(text)}"]
            message = {"to": _number(envelope.address, words), "body": text, **source.parameters}
        callback = envelope.callback if self._account.callback_token else None
        return message | ({"status_callback": callback} if callback else {})

    def later_word(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> LaterWord:
        """What Twilio reports of a message. Raises Forged unless Twilio has signed it."""
        believe(self._account.callback_token, url, form, headers)
        return understood(form)

    # --- verification ---

    @property
    def verifies(self) -> bool:
        """Whether a Verify service is configured."""
        return bool(self._account.verify_service)

    def start_verification(self, phone: str, locale: str, transcript: Transcript) -> str:
        """Have Verify send a code to ``phone``, in the language of ``locale`` if Verify has it."""
        with _as_failures(transcript):
            return start(self._asking(transcript), self._account.verify_service, phone, locale)

    def check_verification(self, far_id: str, code: str, transcript: Transcript) -> Verdict:
        """Verify's verdict on ``code``."""
        with _as_failures(transcript):
            return check(self._asking(transcript), self._account.verify_service, far_id, code)

    def close(self) -> None:
        """Close the calling thread's connections."""
        self._transport.close()

    def _asking(self, transcript: Transcript) -> Ask:
        from webapp.providers.twilio._sdk import ask

        # One deadline for all requests of this try: where two are needed, they share the timeout.
        until = transcript.monotonic() + self._account.timeout
        return partial(ask, self._account, self._transport, transcript, until)


@contextmanager
def _as_failures(transcript: Transcript) -> Iterator[None]:
    """Raises any Refusal of Twilio's inside as Temporary-, Permanent- or ConfigurationFailure."""
    try:
        yield
    except Refusal as refusal:
        raise refusal.failure(transcript.started_at) from None


def _sender(text: str) -> Sender:
    try:
        return sender(text)
    except ValueError as error:
        raise ConfigurationFailure(Reason.SENDER_REFUSED, str(error)) from None


def _number(address: str, words: list[str]) -> str:
    try:
        return international(address)
    except ValueError as error:
        words.append(f"To {address}. {error}")
        raise PermanentFailure(Reason.RECIPIENT_REFUSED, str(error), blame=Blame.RECIPIENT) from None


PROVIDER = Twilio
