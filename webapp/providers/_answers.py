"""What an answer that is no yes says beside its status."""

from collections.abc import Callable
from datetime import datetime

from webapp.domain.envelope import Certainty
from webapp.providers._exchange import legible
from webapp.providers._transport import Answer, retry_after

BUSY = (429, 503)
# A gateway handed the request on, and has not heard in time what came of it: RFC 9110, 15.6.5, and Cloudflare's own.
_NOBODY_KNOWS = (504, 524)
_LONGEST_LOCATION = 500  # characters of where a redirect points to


def words_of(answer: Answer, mask: Callable[[str], str]) -> str:
    """Its words, fit to be shown; before those of a redirect, where it points to."""
    if answer.status // 100 != 3:
        return answer.words
    pointed_to = legible(answer.headers.get("location", "nowhere"), mask)[:_LONGEST_LOCATION]
    return f"Not followed: it points to {pointed_to}.\n{answer.words}"


def certainty_of(answer: Answer) -> Certainty:
    """Whether whoever answers can know that the message was not taken."""
    return Certainty.MAY_HAVE_ARRIVED if answer.status in _NOBODY_KNOWS else Certainty.NOT_SENT


def wait_asked(answer: Answer, now: datetime) -> float | None:
    """Seconds that it asks to be left alone for, where its status is one that may."""
    return retry_after(answer.headers, now) if answer.status in BUSY else None
