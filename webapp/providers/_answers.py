"""What an answer other than a success says beside its status."""

from collections.abc import Callable
from datetime import datetime

from webapp.domain.envelope import Certainty
from webapp.providers._exchange import legible
from webapp.providers._transport import Answer, retry_after

BUSY = (429, 503)
# 504 and Cloudflare's own statuses: a gateway passed the request on and has not heard in time what came of it (RFC
# 9110, 15.6.5).
_NOBODY_KNOWS = (504, 524)
_LONGEST_LOCATION = 500  # characters of where a redirect points to


def words_of(answer: Answer, mask: Callable[[str], str]) -> str:
    """The answer's words, fit to be shown; for a redirect, preceded by its target."""
    if answer.status // 100 != 3:
        return answer.words
    pointed_to = legible(answer.headers.get("location", "nowhere"), mask)[:_LONGEST_LOCATION]
    return f"Not followed: it points to {pointed_to}.\n{answer.words}"


def certainty_of(answer: Answer) -> Certainty:
    """Whether a message may have arrived in spite of this answer: only where a gateway gave up waiting."""
    return Certainty.MAY_HAVE_ARRIVED if answer.status in _NOBODY_KNOWS else Certainty.NOT_SENT


def wait_asked(answer: Answer, now: datetime) -> float | None:
    """Seconds that the far side asks to be left alone (Retry-After), where the status is one that may ask for it."""
    return retry_after(answer.headers, now) if answer.status in BUSY else None
