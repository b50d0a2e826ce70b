"""A Twilio of one's own: a real server on loopback that answers as Twilio does, and can be told to answer otherwise.

    with FakeTwilio() as twilio:
        twilio.typed()                       # what an administrator types to send by it
        twilio.messages[-1]["body"]          # what it has taken
        twilio.report("delivered")           # calls the latest message's callback, signed as Twilio signs
        twilio.report("undelivered", 30003)
        twilio.code_for("+4915112345678")    # what its Verify has sent to a phone
        twilio.expire("+4915112345678")      # ten minutes pass
        twilio.refuse(21610, "Attempt to send to unsubscribed recipient")
        twilio.answer(Said(201, b"what?"))   # or whatever else, for the next request

It knows Messages and Verify as Twilio's published OpenAPI describes them, checks who asks and what is asked, and says
no in Twilio's form. Nothing here uses Twilio's SDK, so that the two can disagree. Any process of this machine may use
it that is allowed to dial 127.0.0.0/8: its address is what stands in ``typed()["endpoint"]``.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from http.server import ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any, Self

import pytest

from tests.support.twilio._messages import Messages
from tests.support.twilio._verify import Verification, Verify
from tests.support.twilio._wire import No, Request, Said, handler, refusal, sid, signature

__all__ = ["FakeTwilio", "Request", "Said", "refusal", "sid", "signature", "twilio"]


class FakeTwilio:
    """One account, with an auth token and an API key, a messaging service and a Verify service.

    ``messages`` are the messages it has taken, ``requests`` all requests, refused ones included.
    """

    def __init__(self) -> None:
        self.account_sid, self.auth_token = sid("AC"), secrets.token_hex(16)
        self.api_key, self.api_secret = sid("SK"), secrets.token_urlsafe(24)
        self.messaging_service, self.verify_service = sid("MG"), sid("VA")
        self.number = "+4930901820"
        self.requests: list[Request] = []
        self._messages = Messages(self.account_sid, self.messaging_service)
        self._verify = Verify(self.account_sid, self.verify_service)
        self._next: list[Said] = []
        self._lock = RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self._said_to))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), name="twilio", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # --- who uses it ---

    def typed(self, **different: str) -> dict[str, str]:
        """What an administrator types to send by this account, signed in with its token."""
        usual = {"account_sid": self.account_sid, "auth_token": self.auth_token, "sender": self.number}
        return {**usual, "verify_service": self.verify_service, "endpoint": self.url, **different}

    def typed_with_key(self, **different: str) -> dict[str, str]:
        """The same, signed in with the API key."""
        typed = self.typed(auth="key", api_key=self.api_key, api_secret=self.api_secret)
        return {name: text for name, text in typed.items() if name != "auth_token"} | different

    # --- what it is told to do ---

    def answer(self, *said: Said) -> None:
        """Answer the next requests with these, one each, whatever they ask."""
        with self._lock:
            self._next += said

    def refuse(
        self, code: int, message: str = "No.", status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        """Refuse the next request with one of Twilio's codes."""
        self.answer(refusal(status, code, message, headers))

    def expire(self, phone: str) -> None:
        """Let ten minutes pass for what was sent to ``phone``."""
        with self._lock:
            del self._verify.pending[self._pending(phone).sid]

    def report(self, status: str, error_code: int | None = None, *, token: str = "", **more: str) -> int:
        """Call the latest message's callback with a status, signed as Twilio signs. Returns the HTTP status."""
        return self._messages.report(token or self.auth_token, status, error_code, more)

    # --- what has come of it ---

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages that it has taken, the latest last."""
        return self._messages.taken

    @property
    def callback(self) -> str | None:
        """Where the latest message's status is to be reported, if anywhere."""
        return self._messages.callbacks.get(self.messages[-1]["sid"])

    def code_for(self, phone: str) -> str:
        """The code that Verify has sent to ``phone``."""
        with self._lock:
            return self._pending(phone).code

    def language_for(self, phone: str) -> str | None:
        """The language that was requested; None where the choice was left to Verify."""
        with self._lock:
            return self._pending(phone).language

    def _pending(self, phone: str) -> Verification:
        found = self._verify.of(phone)
        assert found, f"Nothing is pending for {phone}."
        return found

    # --- what Twilio does ---

    def _said_to(self, request: Request) -> Said:
        with self._lock:
            self.requests.append(request)
            if self._next:
                return self._next.pop(0)
            try:
                return self._door(request)(request.form)
            except No as no:
                return no.said

    def _door(self, request: Request) -> Callable[[Mapping[str, str]], Said]:
        secret = {self.account_sid: self.auth_token, self.api_key: self.api_secret}.get(request.user)
        if secret is None or request.password != secret:
            raise No(401, 20003, "Authenticate")
        doors = {
            f"/2010-04-01/Accounts/{self.account_sid}/Messages.json": self._messages.create,
            f"/v2/Services/{self.verify_service}/Verifications": self._verify.create,
            f"/v2/Services/{self.verify_service}/VerificationCheck": self._verify.check,
        }
        if request.path not in doors:
            raise No(404, 20404, f"The requested resource {request.path} was not found")
        return doors[request.path]


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    """A Twilio on loopback."""
    with FakeTwilio() as made:
        yield made
