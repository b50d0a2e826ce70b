"""Twilio's own SDK over Belfry's transport. Import it only when needed: that takes a quarter second."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from webapp.domain.envelope import Transcript
from webapp.providers._transport import Answer, Request, Transport
from webapp.providers.twilio._account import Account
from webapp.providers.twilio._outcome import Acceptance, Refusal

_LOG = logging.getLogger(__name__)
_PREFIX = "Unable to create record: "  # the SDK's own, before Twilio's words


class Wire(HttpClient):
    """The SDK's HTTP client for one try: requests go to the account's endpoint, by our transport.

    ``until`` is the deadline by the transcript's clock. ``answers`` keeps every answer as it came, since the SDK's
    errors lack the headers.
    """

    def __init__(self, account: Account, transport: Transport, transcript: Transcript, until: float) -> None:
        super().__init__(_LOG, is_async=False)
        self._account, self._transport, self._transcript, self._until = account, transport, transcript, until
        self.answers: list[Answer] = []

    def request(self, method: str, uri: str, **asked: Any) -> Response:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As the SDK's own client, but only for what is needed here: posting a form."""
        request = Request(
            method,
            self._address(uri),
            headers={**asked["headers"], "Authorization": f"Basic {self._account.basic}"},
            body=urlencode(asked["data"]).encode(),
            timeout=max(self._until - self._transcript.monotonic(), 0.001),
            secret=True,
        )
        answer = self._transport.ask(request, self._transcript)
        self.answers.append(answer)
        return Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)

    def _address(self, uri: str) -> str:
        return self._account.endpoint + urlsplit(uri).path if self._account.endpoint else uri


def ask(
    account: Account, transport: Transport, transcript: Transcript, until: float, question: Callable[[Client], Any]
) -> Acceptance:
    """Call the SDK with ``question``. Raises Refusal, or the transport's failures where there was no answer."""
    wire, found = Wire(account, transport, transcript, until), None
    # Given a non-empty environment, the SDK does not read the process's.
    client = Client(*account.credentials, account.account_sid, http_client=wire, environment={"_": ""})
    try:
        found = question(client)
    except (TwilioRestException, TwilioServiceException) as error:
        raise Refusal(wire.answers[-1], _code(error), account.mask(_words(error))) from None
    except Exception:
        # Any other error of the SDK is about reading the answer, which was a success.
        if not wire.answers:
            raise
    return Acceptance(found if isinstance(getattr(found, "sid", None), str) else None, wire.answers[-1])


def _code(error: TwilioRestException | TwilioServiceException) -> int | None:
    """Twilio's error number, or None. Where Twilio sent none, the SDK puts the HTTP status in its place."""
    return error.code if isinstance(error.code, int) and error.code > 999 else None


def _words(error: TwilioRestException | TwilioServiceException) -> str:
    if isinstance(error, TwilioRestException):
        return str(error.msg).removeprefix(_PREFIX)
    return ": ".join(str(words) for words in (error.title, error.detail) if words)
