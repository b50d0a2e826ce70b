"""Simulator addresses: the part before the @ decides what becomes of a mail, with failures like a real server's.

Nothing is dialled. The transcript holds what a mail server would have said. What was said before is remembered in the
mailbox's folder, so that another process continues where the last one ended.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from webapp.domain.envelope import (
    Accepted,
    Blame,
    Certainty,
    Envelope,
    Failure,
    PermanentFailure,
    TemporaryFailure,
    Transcript,
)
from webapp.domain.guide import Guide
from webapp.domain.ids import is_id
from webapp.domain.reason import Reason

SLOW_S = 5.0
_LOCAL_PART = re.compile(r"([^@\s]+)@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Conversation:
    """One try at a simulator address. ``keep`` writes the mail; the state of earlier tries is remembered in
    ``folder``."""

    envelope: Envelope
    transcript: Transcript
    folder: Path
    keep: Callable[[], Accepted]

    def greet(self) -> None:
        """Play the opening that every running server gets through."""
        self.say("connect", "Simulated: nothing is dialled.")
        self.say("greeting", "220 simulator.example.com ESMTP")
        self.say("MAIL", "250 2.1.0 Sender OK")

    def take(self) -> Accepted:
        """Play a successful try from the recipient on."""
        self.say("RCPT", "250 2.1.5 Recipient OK")
        self.say("DATA", "354 End data with <CR><LF>.<CR><LF>")
        self.keep()
        words = f"250 2.0.0 {self.envelope.id} taken"
        self.say("handed over", words)
        return Accepted(words)

    def say(self, phase: str, words: str, *, after_s: float = 0.0) -> None:
        """Note one step in the transcript."""
        with self.transcript.phase(phase) as said:
            time.sleep(after_s)
            said.append(words)

    def end(self, phase: str, failure: Failure) -> Accepted:
        """Raise ``failure`` at the step ``phase``."""
        self.say(phase, failure.reply)
        raise failure

    def first_time(self) -> bool:
        """Whether this is the envelope's first try here, by any process. Asking marks it as tried."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / f"{self.envelope.id}.tried").touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            return False
        except OSError as error:
            words = f"Could not be remembered: {error.strerror}"
            raise TemporaryFailure(Reason.SERVER_BUSY, words) from error
        return True


def _bounce(talk: Conversation) -> Accepted:
    talk.greet()
    words = f"550 5.1.1 <{talk.envelope.address}>: there is no such mailbox here"
    return talk.end("RCPT", PermanentFailure(Reason.RECIPIENT_REFUSED, words, blame=Blame.RECIPIENT))


def _greylist(talk: Conversation) -> Accepted:
    talk.greet()
    if talk.first_time():
        words = "451 4.7.1 Greylisted: please try again later"
        return talk.end("RCPT", TemporaryFailure(Reason.SERVER_BUSY, words, blame=Blame.RECIPIENT))
    return talk.take()


def _slow(talk: Conversation) -> Accepted:
    talk.say("connect", "Simulated: nothing is dialled.", after_s=SLOW_S)
    talk.say("greeting", "220 simulator.example.com ESMTP, thank you for waiting")
    talk.say("MAIL", "250 2.1.0 Sender OK")
    return talk.take()


def _drop_after_dot(talk: Conversation) -> Accepted:
    talk.greet()
    if not talk.first_time():
        return talk.take()
    talk.say("RCPT", "250 2.1.5 Recipient OK")
    talk.say("DATA", "354 End data with <CR><LF>.<CR><LF>")
    talk.keep()
    # Blames the target, so that the provider does not suffer: what is played here says nothing about a disk.
    lost = {"blame": Blame.TARGET, "certainty": Certainty.MAY_HAVE_ARRIVED}
    words = "The server closed the connection."
    return talk.end("handed over", TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, words, **lost))


def _down(talk: Conversation) -> Accepted:
    words = "Simulated: the connection was refused."
    return talk.end("connect", TemporaryFailure(Reason.CONNECT_REFUSED, words, blame=Blame.TARGET))


def _full(talk: Conversation) -> Accepted:
    talk.greet()
    if talk.first_time():
        words = "452 4.2.2 The mailbox is full: please try again later"
        return talk.end("RCPT", TemporaryFailure(Reason.SERVER_BUSY, words, blame=Blame.RECIPIENT))
    words = "552 5.2.2 The mailbox is still full, and nobody empties it"
    return talk.end("RCPT", PermanentFailure(Reason.RECIPIENT_REFUSED, words, blame=Blame.RECIPIENT))


_DROPPED = (
    "The connection breaks after the mail was handed over: it is in the mailbox, but nobody said so. "
    "The retry, with the same Message-ID, is taken."
)
# The part before the @, what happens in words, and the function that plays it.
_ADDRESSES: dict[str, tuple[str, Callable[[Conversation], Accepted]]] = {
    "bounce": ("Refused for good: 550, no such mailbox. Undeliverable at once.", _bounce),
    "greylist": ("Refused once (451), then taken: it is retried, and recovers.", _greylist),
    "slow": (f"Taken, after {SLOW_S:g} seconds.", _slow),
    "drop-after-dot": (_DROPPED, _drop_after_dot),
    "down": ("The connection is refused each time: it is retried until the policy gives up.", _down),
    "full": ("The mailbox is full: 452 at first, then 552 for good. It is retried once, then undeliverable.", _full),
}

GUIDE = Guide(
    "Addresses that fail",
    "A mail to one of these takes the same way as a real failure, with what a mail server would have said. "
    "What stands before the @ decides; the domain may be any. A test is a new mail each time. "
    "An SMS is always taken.",
    tuple((f"{name}@example.com", what) for name, (what, _) in _ADDRESSES.items()),
)


def scene(envelope: Envelope) -> Callable[[Conversation], Accepted] | None:
    """The scene to play for this envelope; None for any address that just gets its mail."""
    found = _LOCAL_PART.fullmatch(envelope.address)
    if found is None or envelope.medium != "email" or not is_id(envelope.id):
        return None
    _, play = _ADDRESSES.get(found[1].lower(), (None, None))
    return play
