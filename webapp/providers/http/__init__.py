"""``http``: hands e-mail or SMS, as signed JSON, to a service of the administrator's own that sends it on.

From the door down: ``Http.request`` writes the body (``_body``) and signs those very bytes (``_signing``); it goes
over the guarded transport; ``Http.judged`` reads what the status means out of one table (``_outcome``). What a
receiver has to know stands in docs/providers/http.md.
"""

from typing import ClassVar

from webapp.domain.envelope import Accepted, ConfigurationFailure, Envelope, Transcript
from webapp.domain.field import Field
from webapp.domain.reason import Reason
from webapp.providers._base import Settings
from webapp.providers._mime import mailbox
from webapp.providers._posting import Posting
from webapp.providers._signing import signatures
from webapp.providers._transport import Answer, Request
from webapp.providers.http._account import FIELDS, Account, problems
from webapp.providers.http._body import written
from webapp.providers.http._outcome import judged


class Http(Posting[Account]):
    """Posts to a service of the administrator's own."""

    kind = "http"
    label = "HTTP"
    summary = "E-mail or SMS as signed JSON, posted to a service of your own that sends it on."
    media = ("email", "sms")
    fields: ClassVar[tuple[Field, ...]] = FIELDS

    @classmethod
    def _account_of(cls, settings: Settings) -> Account:
        return Account.of(settings)

    @classmethod
    def problems(cls, settings: Settings) -> dict[str, str]:
        """Credentials need an encrypted connection, and an administrator may set only headers that are free to set."""
        return problems(settings)

    def request(self, envelope: Envelope, transcript: Transcript) -> Request:
        """A POST of the envelope. The signed id is the envelope's, the same for all retries; the timestamp is this
        try's. Raises ConfigurationFailure where there is no key, PermanentFailure for an invalid recipient address."""
        if not self._account.credentials.keys:
            raise ConfigurationFailure(Reason.AUTH, "There is no signing key, and nothing is sent unsigned.")
        if envelope.medium == "email":
            mailbox(envelope.address)
        account, body = self._account, written(envelope)
        signed = signatures(envelope.id, transcript.started_at, body, account.credentials.keys, zitadel=account.zitadel)
        headers = {**account.headers, **signed}
        return Request("POST", account.url, headers, body, account.timeout, secret=account.credentials.signs_in)

    def judged(self, answer: Answer, transcript: Transcript) -> Accepted:
        """Accepted for any 2xx; otherwise raises the failures of ``_outcome``, never "may have arrived": a far side
        that refuses has not taken the message. No secret is in what it returns, raises or writes into the
        transcript."""
        return judged(answer, self._account, transcript.started_at)


PROVIDER = Http
