"""What an answer of Twilio's means: by its code where that is known, else by its status."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.domain.envelope import (
    Blame,
    Certainty,
    ConfigurationFailure,
    Failure,
    TemporaryFailure,
)
from webapp.domain.reason import Reason
from webapp.providers._transport import Answer, retry_after
from webapp.providers.twilio._codes import CODES, Meaning, page

TEN_MINUTES = 600.0  # seconds for which Verify remembers what it has counted of one phone
_WAITS = {60202: TEN_MINUTES, 60203: TEN_MINUTES}
_BY_DIGIT = {3: Reason.REDIRECTED, 4: Reason.HTTP_4XX, 5: Reason.HTTP_5XX}


@dataclass(frozen=True, slots=True)
class Told:
    """Twilio said yes. ``of`` is the SDK's object for what it told; None where the answer is none that can be read."""

    of: Any
    answer: Answer


class Refusal(Exception):
    """Twilio said no. ``code`` is its own number for why, if it gave one, ``words`` what it said beside it."""

    def __init__(self, answer: Answer, code: int | None, words: str) -> None:
        super().__init__(f"{answer.status}, {code}")
        self.answer, self.code, self.words = answer, code, words

    def failure(self, now: datetime) -> Failure:
        """What it is to whoever sends."""
        meaning = CODES.get(self.code or 0) or _by_status(self.answer.status)
        wait = retry_after(self.answer.headers, now) or _WAITS.get(self.code or 0)
        return meaning.kind(meaning.reason, self._reply(meaning.words), blame=meaning.blame, retry_after=wait)

    def _reply(self, known: str) -> str:
        if self.code is None:
            return f"HTTP {self.answer.words}"
        heading = f"Twilio {self.code}, {known}" if known else f"Twilio {self.code}"
        return f"{heading}: “{self.words}” (HTTP {self.answer.status}, {page(self.code)})"


def illegible(answer: Answer) -> Failure:
    """Twilio did what it was asked to, but what it says of it is needed, and cannot be read."""
    words = f"Twilio said yes, but the rest could not be read: {answer.words}"
    return TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, words, certainty=Certainty.MAY_HAVE_ARRIVED)


def _by_status(status: int) -> Meaning:
    if status in (401, 403):
        return Meaning(ConfigurationFailure, Blame.PROVIDER, Reason.AUTH)
    if status in (429, 503):
        return Meaning(TemporaryFailure, Blame.PROVIDER, Reason.SERVER_BUSY)
    return Meaning(TemporaryFailure, Blame.PROVIDER, _BY_DIGIT.get(status // 100, Reason.HTTP_4XX))
