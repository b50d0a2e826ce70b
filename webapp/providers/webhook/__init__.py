"""``webhook``: tells a subscriber's endpoint of an event, as signed JSON.

From the door down: ``Webhook.send`` signs the bytes of the envelope's text (``_request``), asks over the guarded
transport, and reads what the status means out of one table (``_outcome``). ``_check`` asks an endpoint whether it lets
in Belfry alone. What a receiver has to know stands in docs/webhooks.md.
"""

from collections.abc import Mapping
from typing import ClassVar

from webapp.domain.callback_check import Step
from webapp.domain.envelope import Accepted, Blame, Envelope, Failure, TemporaryFailure, Transcript
from webapp.domain.field import Field
from webapp.domain.reason import Reason
from webapp.providers._base import Checkable, Settings, Surroundings
from webapp.providers._credentials import with_https
from webapp.providers._transport import Transport
from webapp.providers.webhook._account import AT_ONCE, FIELDS, Account, problems
from webapp.providers.webhook._check import steps
from webapp.providers.webhook._outcome import judged, temporary
from webapp.providers.webhook._request import signed

__all__ = ["PROVIDER", "Webhook"]


class Webhook(Checkable):
    """Posts to one endpoint. Each thread that sends keeps a connection of its own."""

    kind = "webhook"
    label = "Webhook"
    summary = "Events as signed JSON, posted to the endpoint of a subscriber."
    media = ("webhook",)
    fields: ClassVar[tuple[Field, ...]] = FIELDS
    pace: ClassVar[tuple[Field, ...]] = AT_ONCE
    culprits: ClassVar[Mapping[Reason, str]] = {
        **dict.fromkeys((Reason.DNS, Reason.CONNECT_REFUSED, Reason.CONNECT_TIMEOUT, Reason.BLOCKED_TARGET), "url"),
        **dict.fromkeys((Reason.HTTP_4XX, Reason.GONE, Reason.REDIRECTED), "url"),
        **dict.fromkeys((Reason.TIMEOUT_BEFORE_DATA, Reason.TIMEOUT_AFTER_DATA), "timeout"),
        Reason.AUTH: "secret",
        Reason.TLS: "ca",
    }

    def __init__(self, name: str, settings: Settings, surroundings: Surroundings) -> None:
        super().__init__(name, settings, surroundings)
        self._account = account = Account.of(settings)
        self._transport = Transport(surroundings.allowed_networks, ca=account.ca, mask=account.mask)

    @classmethod
    def tidied(cls, raw: Mapping[str, str]) -> dict[str, str]:
        """An address without its beginning is one that begins with https://."""
        return with_https(raw)

    @classmethod
    def problems(cls, settings: Settings) -> dict[str, str]:
        """No credentials over a line that anybody can read, no header that is not an administrator's to set."""
        return problems(settings)

    @property
    def timeout(self) -> float:
        """The deadline of one whole send."""
        return self._account.timeout

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        """Post the envelope's text. Returns when the endpoint has answered with any 2xx.

        The id that is signed is the envelope's, the same over all retries; the timestamp is that of this try. Raises
        PermanentFailure for 410 alone. Everything else is temporary and speaks of the endpoint: also what would be a
        fault of the configuration in a provider, since nobody else waits for this one. "May have arrived" only where
        the request was sent whole and not answered. No secret is in what it returns, raises or writes down.
        """
        if not self._account.credentials.keys:
            words = "There is no signing key, and nothing is sent unsigned."
            raise TemporaryFailure(Reason.AUTH, words, blame=Blame.TARGET)
        try:
            answer = self._transport.ask(signed(envelope, self._account, transcript.started_at), transcript)
        except Failure as failure:
            raise temporary(failure) from failure
        return judged(answer, self._account, transcript.started_at)

    def check(self, stranger: Envelope, own: Envelope, transcript: Transcript) -> tuple[Step, ...]:
        """Ask whether the endpoint refuses a stranger's request and takes Belfry's."""
        return tuple(steps(stranger, own, self._account, self._transport, transcript))

    def close(self) -> None:
        """Hang up the calling thread's connections."""
        self._transport.close()


PROVIDER = Webhook
