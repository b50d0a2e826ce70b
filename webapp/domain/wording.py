"""What to say about a delivery, as one sentence for whoever reads it; a screen turns the values into words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason


class Reader(StrEnum):
    """Who reads the sentence. Only an operator reads of servers, tries and errors."""

    RECIPIENT = "recipient"
    SENDER = "sender"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a delivery has fared. ``failures`` are this generation's; ``provider`` names the one that took it."""

    state: S
    medium: Medium
    reason: Reason | None = None
    failures: int = 0
    retries_left: int = 0
    due_at: datetime | None = None
    ended_at: datetime | None = None
    provider: str | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` is to be translated and has a place such as ``%(at)s`` for each of ``values``.

    A value is a moment (aware, in UTC), a duration, a number, a name, words of the far side, or a sentence itself.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)


def about(course: Course, *, reader: Reader, now: datetime) -> Sentence:
    """What became of a delivery, or what it waits for, as ``reader`` should read it."""
    match course.state:
        case S.QUEUED:
            return _waiting(course.due_at, now)
        case S.RETRYING if reader is Reader.OPERATOR:
            return _tried(course, now)
        case S.RETRYING:
            return _not_yet(course.due_at, now)
        case S.SENT:
            return _handed_over(course, reader)
        case S.UNDELIVERABLE if reader is Reader.OPERATOR and course.last_error:
            return _gave_up(course)
        case _:
            return _by_reason(course, reader)


def why_received(why: str) -> Sentence:
    """Why a person has a copy, by what their inbox row says: ``named``, or ``role:operator``."""
    if why.startswith("role:"):
        return Sentence("It was sent to everybody of your role.")
    return Sentence("It was sent to you by name.")


def to_whom(whys: Iterable[str]) -> str:
    """The same for what somebody gets at once, as the end of a sentence: after who posted it, and where."""
    by_role = {why.startswith("role:") for why in whys}
    if by_role == {True}:
        return "to everybody of your role"
    return "to you by name, or to everybody of your role" if True in by_role else "to you by name"


def why_in_short(why: str) -> Sentence | None:
    """The same in two or three words, for a row of a list; None for the usual: most are sent to a person by name."""
    return Sentence("For your role") if why.startswith("role:") else None


def _waiting(due_at: datetime | None, now: datetime) -> Sentence:
    if due_at and due_at > now:
        return Sentence("Waiting to send: due %(at)s.", {"at": due_at})
    return Sentence("Waiting to send.")


def _not_yet(due_at: datetime | None, now: datetime) -> Sentence:
    if due_at and due_at > now:
        return Sentence("Not sent yet: the next try is %(at)s.", {"at": due_at})
    return Sentence("Not sent yet: it is about to be tried again.")


def _tried(course: Course, now: datetime) -> Sentence:
    counted = {"n": course.failures, "all": course.failures + course.retries_left, "error": _error(course)}
    if course.due_at and course.due_at > now:
        return Sentence("Try %(n)s of %(all)s failed: %(error)s. Next %(at)s.", counted | {"at": course.due_at})
    return Sentence("Try %(n)s of %(all)s failed: %(error)s. The next one is due.", counted)


def _handed_over(course: Course, reader: Reader) -> Sentence:
    at = {"at": course.ended_at}
    if course.provider and reader is not Reader.RECIPIENT:
        return Sentence("Handed over to %(provider)s, %(at)s.", {"provider": course.provider} | at)
    return Sentence("Handed over, %(at)s.", at)


def _gave_up(course: Course) -> Sentence:
    if course.reason is Reason.EXHAUSTED:
        return Sentence("Gave up after %(n)s tries: %(error)s.", {"n": course.failures, "error": _error(course)})
    return Sentence("Cannot be delivered: %(error)s.", {"error": _error(course)})


def _by_reason(course: Course, reader: Reader) -> Sentence:
    """The reason's own words where there is one; else what the state means."""
    if course.reason is None:
        return Sentence(course.state.sentence)
    words = course.reason.words
    return Sentence({"recipient": words.for_recipient, "sender": words.for_sender}.get(reader, words.for_operator))


def _error(course: Course) -> str:
    """The far side's words, or the reason's, without the stop that the sentence brings itself."""
    return (course.last_error or (course.reason.words.label if course.reason else "")).rstrip(". ")
