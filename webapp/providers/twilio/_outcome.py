"""What an answer of Twilio's means: decided by its code where that is known, otherwise by its status."""

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
from webapp.providers._answers import certainty_of
from webapp.providers._transport import Answer, retry_after
from webapp.providers.twilio._codes import CODES, Meaning, page

TEN_MINUTES = 600.0  # seconds for which Verify counts the tries of one phone
_WAITS = {60202: TEN_MINUTES, 60203: TEN_MINUTES}

# The first row that fits decides; a one-digit status stands for all that begin with it. A 4xx with an unknown code is
# most likely about this one message, so it does not count against the account.
_BY_STATUS: tuple[tuple[tuple[int, ...], Meaning], ...] = (
    ((401, 403), Meaning(ConfigurationFailure, Blame.PROVIDER, Reason.AUTH)),
    ((429, 503), Meaning(TemporaryFailure, Blame.PROVIDER, Reason.SERVER_BUSY)),
    ((404, 405, 407, 408), Meaning(TemporaryFailure, Blame.PROVIDER, Reason.HTTP_4XX)),
    ((3,), Meaning(TemporaryFailure, Blame.PROVIDER, Reason.REDIRECTED)),
    ((4,), Meaning(TemporaryFailure, Blame.CONTENT, Reason.HTTP_4XX)),
    ((5, 6, 7, 8, 9), Meaning(TemporaryFailure, Blame.PROVIDER, Reason.HTTP_5XX)),
)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Twilio accepted the request. ``of`` is the SDK's result object; None where the answer could not be read."""

    of: Any
    answer: Answer


class Refusal(Exception):
    """Twilio refused the request. ``code`` is its own error number, if it gave one; ``words`` are what it said."""

    def __init__(self, answer: Answer, code: int | None, words: str) -> None:
        super().__init__(f"{answer.status}, {code}")
        self.answer, self.code, self.words = answer, code, words

    def failure(self, now: datetime) -> Failure:
        """The failure that this refusal means for a sender."""
        meaning = CODES.get(self.code or 0) or _by_status(self.answer.status)
        wait = retry_after(self.answer.headers, now) or _WAITS.get(self.code or 0)
        words, certainty = self._reply(meaning.words), certainty_of(self.answer)
        return meaning.kind(meaning.reason, words, blame=meaning.blame, certainty=certainty, retry_after=wait)

    def _reply(self, known: str) -> str:
        if self.code is None:
            return f"HTTP {self.answer.words}"
        heading = f"Twilio {self.code}, {known}" if known else f"Twilio {self.code}"
        return f"{heading}: “{self.words}” (HTTP {self.answer.status}, {page(self.code)})"


def illegible(answer: Answer) -> Failure:
    """The failure where Twilio did what it was asked, but the part of its answer that is needed cannot be read."""
    words = f"Twilio said yes, but the rest could not be read: {answer.words}"
    return TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, words, certainty=Certainty.MAY_HAVE_ARRIVED)


def _by_status(status: int) -> Meaning:
    return next(meaning for statuses, meaning in _BY_STATUS if status in statuses or status // 100 in statuses)
