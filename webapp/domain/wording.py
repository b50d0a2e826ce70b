"""What to say about a delivery to its sender or its recipient, as a sentence that a screen translates and fills in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.evidence import NOTHING, Evidence
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.domain.said import BY_REASON, BY_STATE, CHOSEN_TIMES, HELD_FOR, TRIED_AGAIN, WAITING, Said


class Reader(StrEnum):
    """Who reads the sentence. Only an operator is told about servers, tries and errors; see ``truth``."""

    RECIPIENT = "recipient"
    SENDER = "sender"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a delivery to ``who`` has fared; ``who``, ``sender`` and ``channel`` are names for people to read.

    ``since`` is when it came into its state, and ``by`` who moved it there; ``told_later``: the far side did, after it
    had accepted it. ``failures`` and ``tries`` (all that are allowed) are this generation's. ``trouble`` is why the
    last try failed, ``far`` the far side's name, ``provider`` the provider that took it. ``upcoming``: no inbox shows
    it yet.
    """

    who: str
    state: S
    medium: Medium
    reason: Reason | None = None
    channel: str = ""
    sender: str = ""
    failures: int = 0
    tries: int = 0
    due_at: datetime | None = None
    expires_at: datetime | None = None
    since: datetime | None = None
    by: str = ""
    trouble: Reason | None = None
    far: str = ""
    provider: str = ""
    told_later: bool = False
    upcoming: bool = False
    evidence: Evidence = NOTHING

    def waits(self, now: datetime) -> bool:
        """Whether it is not due yet."""
        return self.state in {S.QUEUED, S.RETRYING} and self.due_at is not None and self.due_at > now


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` is to be translated; it has a place such as ``%(at)s`` for each of ``values``.

    A value is a moment (aware, in UTC), a duration, a number, a name, words of the far side, or a sentence itself. Only
    the text is hashed, since a mapping cannot be.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)


def about(course: Course, *, reader: Reader, now: datetime) -> Sentence:
    """What became of a delivery, or what it waits for, as its sender or its recipient should read it. For a subscriber,
    no inbox is mentioned."""
    said, sender = _said(course, now), reader is Reader.SENDER
    what = Sentence(said.sender if sender else said.recipient, _values(course))
    if not said.inbox or course.medium is Medium.WEBHOOK:
        return what
    return Sentence("%(what)s %(inbox)s", {"what": what, "inbox": _inbox(course, sender=sender)})


def open_to_senders(reason: Reason) -> bool:
    """Whether a sender may be told this reason: never which rule of their own a recipient has made."""
    return reason not in {Reason.PREF_OFF, Reason.MUTED, *CHOSEN_TIMES}


def why_received(why: str) -> Sentence:
    """Why a person has a copy, by the ``why`` of their inbox row: ``named``, or ``role:operator``."""
    if why.startswith("role:"):
        return Sentence("It was sent to everybody of your role.")
    return Sentence("It was sent to you by name.")


def to_whom(whys: Iterable[str]) -> str:
    """The same for all that is in one envelope, as the end of a sentence that names the sender and the channel."""
    by_role = {why.startswith("role:") for why in whys}
    if by_role == {True}:
        return "to everybody of your role"
    return "to you by name, or to everybody of your role" if True in by_role else "to you by name"


def why_in_short(why: str) -> Sentence | None:
    """The same in two or three words, for a row of a list; None for the usual case, a message sent by name."""
    return Sentence("For your role") if why.startswith("role:") else None


def muted(course: Course) -> Sentence:
    """What the recipient muted, and until when, as far as that is known."""
    what = {"sender": course.sender, "channel": course.channel}.get(course.evidence.muted or "")
    if what and course.evidence.until:
        return Sentence("%(what)s until %(until)s", {"what": what, "until": course.evidence.until})
    return Sentence("%(what)s", {"what": what}) if what else Sentence("its sender or its channel")


def _said(course: Course, now: datetime) -> Said:
    if course.waits(now):
        tried = course.state is S.RETRYING and course.reason not in CHOSEN_TIMES
        return TRIED_AGAIN if tried else WAITING.get(course.reason, WAITING[None])
    if course.state is S.HELD:
        return HELD_FOR.get(course.reason, HELD_FOR[None])
    ended = course.reason if course.state in {S.FILTERED, S.CANCELLED} else None
    return BY_REASON[ended] if ended and ended in BY_REASON else BY_STATE[course.state]


def _values(course: Course) -> dict[str, object]:
    return {
        "who": course.who,
        "medium": Sentence(course.medium.label),
        "channel": course.channel,
        "at": course.due_at,
        "since": course.since,
        "muted": muted(course),
    }


def _inbox(course: Course, *, sender: bool) -> Sentence:
    if not sender:
        return Sentence("This one is in your inbox.")
    return Sentence("It appears in their inbox at its time." if course.upcoming else "It is in their inbox.")
