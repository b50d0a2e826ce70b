"""What a mail server's answer, or its silence, means: the one table from (stage, code) to a failure.

A mail "may have arrived" only once its final dot was sent: before that, a server cannot have taken it.
"""

import smtplib
import ssl
from enum import StrEnum

from webapp.domain.envelope import (
    Blame,
    Certainty,
    ConfigurationFailure,
    Failure,
    PermanentFailure,
    TemporaryFailure,
    Transcript,
)
from webapp.domain.reason import Reason


class Stage(StrEnum):
    """How far a try got; also the names of a transcript's phases."""

    LOOK_UP = "look-up"
    CONNECT = "connect"
    GREETING = "greeting"
    TLS = "TLS"
    SIGN_IN = "sign-in"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    HANDED_OVER = "handed over"


_S, _B = Stage, Blame
_ANYWHERE = frozenset(Stage)
_BODY = frozenset({_S.DATA, _S.HANDED_OVER})
_BREAKS = (OSError, EOFError, ValueError, smtplib.SMTPException)

# The first row that fits decides. A one-digit code stands for all that begin with it.
_TABLE: tuple[tuple[frozenset[Stage], tuple[int, ...], type[Failure], Reason, Blame], ...] = (
    (_ANYWHERE, (421,), TemporaryFailure, Reason.SERVER_BUSY, _B.PROVIDER),
    (_ANYWHERE, (530, 535), ConfigurationFailure, Reason.AUTH, _B.PROVIDER),
    (frozenset({_S.MAIL}), (552,), PermanentFailure, Reason.CONTENT_REFUSED, _B.CONTENT),
    (frozenset({_S.RCPT}), (4,), TemporaryFailure, Reason.SERVER_BUSY, _B.RECIPIENT),
    (_BODY, (4,), TemporaryFailure, Reason.SERVER_BUSY, _B.CONTENT),
    (_ANYWHERE, (4,), TemporaryFailure, Reason.SERVER_BUSY, _B.PROVIDER),
    (frozenset({_S.GREETING}), (5,), TemporaryFailure, Reason.CONNECT_REFUSED, _B.PROVIDER),
    (frozenset({_S.TLS}), (5,), ConfigurationFailure, Reason.TLS, _B.PROVIDER),
    (frozenset({_S.SIGN_IN}), (5,), ConfigurationFailure, Reason.AUTH, _B.PROVIDER),
    (frozenset({_S.MAIL}), (5,), ConfigurationFailure, Reason.SENDER_REFUSED, _B.PROVIDER),
    (frozenset({_S.RCPT}), (5,), PermanentFailure, Reason.RECIPIENT_REFUSED, _B.RECIPIENT),
    (_BODY, (5,), PermanentFailure, Reason.CONTENT_REFUSED, _B.CONTENT),
)


class Step:
    """One phase of the transcript. Any error inside becomes a Failure, whose words end the phase.

    A class, since each mail has four of them: as ``contextmanager``s they would cost as much as all the words they
    note.
    """

    __slots__ = ("_begun", "_stage", "_transcript", "_words")

    def __init__(self, transcript: Transcript, stage: Stage) -> None:
        self._transcript, self._stage = transcript, stage.value
        self._begun, self._words = 0.0, list[str]()

    def __enter__(self) -> list[str]:
        self._transcript.reached, self._begun = self._stage, self._transcript.monotonic()
        return self._words

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        broke = broken(Stage(self._stage), error) if isinstance(error, _BREAKS) else None
        failure = broke or error
        if isinstance(failure, Failure) and failure.reply not in self._words:
            self._words.append(failure.reply)
        self._transcript.note(self._stage, self._transcript.monotonic() - self._begun, "\n".join(self._words))
        if broke:
            raise broke from None  # without its cause: a library's own words could quote what was said


def refused(stage: Stage, code: int, words: str) -> Failure:
    """The failure that an unwanted answer means. ``words`` begin with the code."""
    for stages, codes, kind, reason, blame in _TABLE:
        if stage in stages and (code in codes or code // 100 in codes):
            return kind(reason, words, blame=blame)
    return _lost(stage, f"Not an answer that belongs here: {words}")


def broken(stage: Stage, error: Exception) -> Failure:
    """The failure that a network or TLS error means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConfigurationFailure(Reason.TLS, f"The server's certificate was refused: {error.verify_message}")
    if isinstance(error, ssl.SSLError) and stage is Stage.TLS:
        return TemporaryFailure(Reason.TLS, f"No encrypted connection could be made: {error.reason}")
    if isinstance(error, TimeoutError):
        return _lost(stage, "The server did not answer in time.", Reason.TIMEOUT_BEFORE_DATA)
    return _lost(stage, "The server closed the connection.")


def not_offered(what: str) -> Failure:
    """The failure where encryption is required and the server does not offer it: nothing is sent in clear instead."""
    return ConfigurationFailure(Reason.TLS, what)


def gone_quietly(failure: Failure) -> bool:
    """Whether this is how a server behaves that has closed a kept connection: a broken connection, or 421."""
    return failure.reason is Reason.CONNECT_REFUSED or failure.reply.startswith("421")


def _lost(stage: Stage, words: str, reason: Reason = Reason.CONNECT_REFUSED) -> Failure:
    if stage is Stage.HANDED_OVER:
        return TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, words, certainty=Certainty.MAY_HAVE_ARRIVED)
    return TemporaryFailure(reason, words)
