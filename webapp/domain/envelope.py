"""What is passed to a provider, an Envelope; and what comes back: Accepted, or one of the failures."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from webapp.domain.blanks import MARK, beginning, filled, filled_html
from webapp.domain.reason import Reason
from webapp.domain.text import storable

REPLY_KEPT = 4096  # characters of the far side's words that are kept with an attempt


@dataclass(frozen=True, slots=True)
class Format:
    """What a provider can carry: at most ``max_length`` characters (None: no bound), HTML or not."""

    max_length: int | None = None
    html: bool = True

    def within(self, other: "Format") -> "Format":
        """What both formats can carry."""
        bounds = [bound for bound in (self.max_length, other.max_length) if bound is not None]
        return Format(min(bounds, default=None), self.html and other.html)

    def carries(self, text: str, html: str | None) -> bool:
        """Whether it can carry this. With a bound it cannot carry blanks: nobody knows how long they will be."""
        short = self.max_length is None or (len(text) <= self.max_length and MARK not in text)
        return short and (html is None or self.html)


class Envelope(NamedTuple):
    """One thing to send, complete: a provider needs nothing else. ``id`` stays the same over all automatic retries.

    ``replaces`` is the id of the envelope that it takes the place of, if its contents were in one before.
    ``message_id`` is a mail's own, fixed when the envelope was first committed; ``references`` is that of the one it
    replaces. Both are None where none was fixed. ``unsubscribe`` is the page on which this medium can be turned off for
    the channel, ``callback`` the address at which the far side may report later what became of it; both are None where
    there is none. ``why`` says why the recipient gets it ("to you by name"). ``shared`` has the beginnings of text and
    HTML that are the same for all recipients, where they are known.
    """

    id: str
    medium: str
    address: str
    recipient: str
    sender: str
    channel: str
    subject: str
    text: str
    html: str | None
    created_at: datetime
    replaces: str | None = None
    message_id: str | None = None
    references: str | None = None
    unsubscribe: str | None = None
    callback: str | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    why: str = ""
    shared: tuple[str, str] | None = None

    def personal(self) -> "Envelope":
        """The same with the blanks of its texts filled in for its recipient."""
        own = {"recipient": self.recipient, "why": self.why, "unsubscribe": self.unsubscribe or ""}
        html = None if self.html is None else filled_html(self.html, own)
        shared = beginning(self.text), beginning(self.html or "")
        return self._replace(text=filled(self.text, own), html=html, shared=shared)


class Certainty(StrEnum):
    """Whether the message of a failed try may have arrived; if not, repeating it is harmless."""

    NOT_SENT = "not sent"
    MAY_HAVE_ARRIVED = "may have arrived"


class Blame(StrEnum):
    """Whose fault a failure is; only the provider's own faults count against it."""

    RECIPIENT = "recipient"
    CONTENT = "content"
    PROVIDER = "provider"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The far side took it. ``reply`` is what it said."""

    reply: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reply", storable(self.reply, longest=REPLY_KEPT))


class Failure(Exception):
    """A try that did not succeed. Raised by providers as one of the three below, never as itself."""

    def __init__(
        self,
        reason: Reason,
        reply: str,
        *,
        blame: Blame = Blame.PROVIDER,
        certainty: Certainty = Certainty.NOT_SENT,
        retry_after: float | None = None,
    ) -> None:
        self.reason, self.reply = reason, storable(reply, longest=REPLY_KEPT)
        super().__init__(f"{reason.value}: {self.reply}")
        self.blame, self.certainty, self.retry_after = blame, certainty, retry_after


class TemporaryFailure(Failure):
    """Trying again later may help: the network, a busy server, greylisting."""


class PermanentFailure(Failure):
    """Trying again cannot help: the address does not exist, the content was refused."""


class ConfigurationFailure(Failure):
    """The provider itself is set up wrongly: nobody's attempts are spent on it."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of a try: its name ("connect"), how long it took in milliseconds, and the far side's words."""

    name: str
    ms: int
    words: str


class Transcript:
    """What happened in one try, phase by phase; written by the provider, stored with the attempt.

    ``started_at`` is the moment of the try; a provider that dates what it sends uses this.
    """

    def __init__(self, monotonic: Callable[[], float], started_at: datetime) -> None:
        self.monotonic, self.started_at = monotonic, started_at
        self.phases: list[Phase] = []
        self.reached = ""

    @contextmanager
    def phase(self, name: str) -> Iterator[list[str]]:
        """Time one step. What is appended to the list that this yields becomes the step's words, even if the step
        fails."""
        words: list[str] = []
        begun, self.reached = self.monotonic(), name
        try:
            yield words
        finally:
            self.note(name, self.monotonic() - begun, "\n".join(words))

    def note(self, name: str, seconds: float, words: str) -> None:
        """Add a step that the caller has timed."""
        self.reached = name
        self.phases.append(Phase(name, round(seconds * 1000), storable(words, longest=REPLY_KEPT)))
