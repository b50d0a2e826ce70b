"""``webhook``: sends a subscriber's endpoint an event, as signed JSON.

From the door down: ``Webhook.request`` signs the bytes of the envelope's text (``_request``); it goes over the guarded
transport; ``Webhook.judged`` decides by one table what the status means (``_outcome``). ``_check`` tests whether an
endpoint accepts Belfry and nobody else. What a receiver has to know stands in docs/webhooks.md.
"""

from typing import ClassVar

from webapp.domain.callback_check import Step
from webapp.domain.envelope import Accepted, Blame, Envelope, Failure, TemporaryFailure, Transcript
from webapp.domain.field import Field
from webapp.domain.reason import Reason
from webapp.providers._base import Checkable, Settings
from webapp.providers._posting import Posting
from webapp.providers._transport import Answer, Request
from webapp.providers.webhook._account import AT_ONCE, FIELDS, Account, problems
from webapp.providers.webhook._check import steps
from webapp.providers.webhook._outcome import judged, temporary
from webapp.providers.webhook._request import signed

__all__ = ["PROVIDER", "Webhook"]


class Webhook(Posting[Account], Checkable):
    """Posts to one endpoint."""

    kind = "webhook"
    label = "Webhook"
    summary = "Events as signed JSON, posted to the endpoint of a subscriber."
    media = ("webhook",)
    fields: ClassVar[tuple[Field, ...]] = FIELDS
    pace: ClassVar[tuple[Field, ...]] = AT_ONCE

    @classmethod
    def _account_of(cls, settings: Settings) -> Account:
        return Account.of(settings)

    @classmethod
    def problems(cls, settings: Settings) -> dict[str, str]:
        """Credentials need an encrypted connection, and an administrator may set only headers that are free to set."""
        return problems(settings)

    def request(self, envelope: Envelope, transcript: Transcript) -> Request:
        """A POST of the envelope's text. The signed id is the envelope's, the same for all retries; the timestamp is
        this try's. Raises TemporaryFailure where there is no key."""
        if not self._account.credentials.keys:
            words = "There is no signing key, and nothing is sent unsigned."
            raise TemporaryFailure(Reason.AUTH, words, blame=Blame.TARGET)
        return signed(envelope, self._account, transcript.started_at)

    def unanswered(self, failure: Failure) -> Failure:
        """Always temporary and blamed on the endpoint, even what would be a configuration fault of a provider: nobody
        else waits for this endpoint."""
        return temporary(failure)

    def judged(self, answer: Answer, transcript: Transcript) -> Accepted:
        """Accepted for any 2xx. Raises PermanentFailure for 410 alone; every other status is temporary and blamed on
        the endpoint. No secret is in what it returns, raises or writes down."""
        return judged(answer, self._account, transcript.started_at)

    def check(self, stranger: Envelope, own: Envelope, transcript: Transcript) -> tuple[Step, ...]:
        """Test whether the endpoint refuses a stranger's request and accepts Belfry's."""
        return tuple(steps(stranger, own, self._account, self.transport, transcript))


PROVIDER = Webhook
