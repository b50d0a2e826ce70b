"""What a mail server's answer, or its silence, means, row by row and without a server."""

import smtplib
import ssl

import pytest

from webapp.domain.envelope import (
    Blame,
    Certainty,
    ConfigurationFailure,
    PermanentFailure,
    TemporaryFailure,
    Transcript,
)
from webapp.domain.reason import Reason
from webapp.providers.smtp._outcome import Stage, Step, broken, gone_quietly, not_offered, refused

TEMPORARY, PERMANENT, CONFIGURATION = TemporaryFailure, PermanentFailure, ConfigurationFailure

# where, the code, the failure, its reason, whom it blames
ANSWERED = [
    *((stage, 421, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER) for stage in Stage),
    *((stage, 530, CONFIGURATION, Reason.AUTH, Blame.PROVIDER) for stage in Stage),
    *((stage, 535, CONFIGURATION, Reason.AUTH, Blame.PROVIDER) for stage in Stage),
    (Stage.GREETING, 450, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    (Stage.SIGN_IN, 454, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    (Stage.MAIL, 452, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    (Stage.RCPT, 450, TEMPORARY, Reason.SERVER_BUSY, Blame.RECIPIENT),
    (Stage.DATA, 451, TEMPORARY, Reason.SERVER_BUSY, Blame.CONTENT),
    (Stage.HANDED_OVER, 499, TEMPORARY, Reason.SERVER_BUSY, Blame.CONTENT),
    (Stage.GREETING, 554, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    (Stage.TLS, 502, CONFIGURATION, Reason.TLS, Blame.PROVIDER),
    (Stage.SIGN_IN, 504, CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    (Stage.MAIL, 552, PERMANENT, Reason.CONTENT_REFUSED, Blame.CONTENT),
    (Stage.MAIL, 550, CONFIGURATION, Reason.SENDER_REFUSED, Blame.PROVIDER),
    (Stage.RCPT, 500, PERMANENT, Reason.RECIPIENT_REFUSED, Blame.RECIPIENT),
    (Stage.RCPT, 552, PERMANENT, Reason.RECIPIENT_REFUSED, Blame.RECIPIENT),
    (Stage.DATA, 554, PERMANENT, Reason.CONTENT_REFUSED, Blame.CONTENT),
    (Stage.HANDED_OVER, 599, PERMANENT, Reason.CONTENT_REFUSED, Blame.CONTENT),
]
BEFORE_THE_DOT = [stage for stage in Stage if stage is not Stage.HANDED_OVER]


def _certificate() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


def _handshake() -> ssl.SSLError:
    error = ssl.SSLError(1, "no")
    error.reason = "WRONG_VERSION_NUMBER"
    return error


@pytest.mark.parametrize(("stage", "code", "kind", "reason", "blame"), ANSWERED)
def test_what_an_answer_means(stage, code, kind, reason, blame):
    failure = refused(stage, code, f"{code} Its own words")
    assert (type(failure), failure.reason, failure.blame) == (kind, reason, blame)
    assert (failure.reply, failure.certainty) == (f"{code} Its own words", Certainty.NOT_SENT)


@pytest.mark.parametrize("code", [199, 220, 399, 600])
def test_an_answer_that_belongs_elsewhere_is_a_lost_connection(code):
    failure = refused(Stage.RCPT, code, f"{code} What?")
    assert (type(failure), failure.reason, failure.certainty) == (TEMPORARY, Reason.CONNECT_REFUSED, Certainty.NOT_SENT)
    assert failure.reply == f"Not an answer that belongs here: {code} What?"
    after = refused(Stage.HANDED_OVER, code, f"{code} What?")
    assert (after.reason, after.certainty) == (Reason.TIMEOUT_AFTER_DATA, Certainty.MAY_HAVE_ARRIVED)


# what broke, where, the failure, its reason, its words
BROKEN = [
    (_certificate(), Stage.TLS, CONFIGURATION, Reason.TLS,
     "The server's certificate was refused: self-signed certificate"),
    (_handshake(), Stage.TLS, TEMPORARY, Reason.TLS,
     "No encrypted connection could be made: WRONG_VERSION_NUMBER"),
    (_handshake(), Stage.MAIL, TEMPORARY, Reason.CONNECT_REFUSED, "The server closed the connection."),
    (OSError(), Stage.TLS, TEMPORARY, Reason.CONNECT_REFUSED, "The server closed the connection."),
    *((TimeoutError(), stage, TEMPORARY, Reason.TIMEOUT_BEFORE_DATA, "The server did not answer in time.")
      for stage in BEFORE_THE_DOT),
    *((EOFError(), stage, TEMPORARY, Reason.CONNECT_REFUSED, "The server closed the connection.")
      for stage in BEFORE_THE_DOT),
]  # fmt: skip


@pytest.mark.parametrize(("error", "stage", "kind", "reason", "words"), BROKEN)
def test_what_a_break_means_before_the_final_dot(error, stage, kind, reason, words):
    failure = broken(stage, error)
    assert (type(failure), failure.reason, failure.blame) == (kind, reason, Blame.PROVIDER)
    assert (failure.reply, failure.certainty) == (words, Certainty.NOT_SENT)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "The server did not answer in time."),
        (EOFError(), "The server closed the connection."),
        (_handshake(), "The server closed the connection."),
    ],
)
def test_after_the_final_dot_it_may_have_arrived(error, words):
    failure = broken(Stage.HANDED_OVER, error)
    assert (type(failure), failure.reason) == (TEMPORARY, Reason.TIMEOUT_AFTER_DATA)
    assert (failure.reply, failure.certainty) == (words, Certainty.MAY_HAVE_ARRIVED)


def test_what_is_not_offered_is_the_set_up_s_to_mend():
    failure = not_offered("The server does not offer STARTTLS.")
    assert (type(failure), failure.reason) == (CONFIGURATION, Reason.TLS)
    assert failure.reply == "The server does not offer STARTTLS."


@pytest.mark.parametrize(
    ("failure", "quietly"),
    [
        (broken(Stage.MAIL, EOFError()), True),
        (refused(Stage.MAIL, 421, "421 Idle for too long"), True),
        (refused(Stage.MAIL, 450, "450 Idle for too long"), False),
        (broken(Stage.MAIL, TimeoutError()), False),
    ],
)
def test_how_a_server_speaks_that_has_closed_a_kept_connection(failure, quietly):
    assert gone_quietly(failure) is quietly


def _speaks(transcript: Transcript, said: str, error: Exception) -> None:
    with Step(transcript, Stage.RCPT) as words:
        words.append(said)
        raise error


@pytest.mark.parametrize("error", [OSError(), EOFError(), ValueError(), smtplib.SMTPServerDisconnected()])
def test_whatever_breaks_in_a_phase_leaves_it_as_a_failure_with_its_last_words(transcript, error):
    with pytest.raises(TEMPORARY) as caught:
        _speaks(transcript, "250 So far", error)
    assert caught.value.__cause__ is None
    assert [(phase.name, phase.words) for phase in transcript.phases] == [
        ("RCPT", "250 So far\nThe server closed the connection.")
    ]


def test_a_failure_s_words_are_told_once(transcript):
    with pytest.raises(PERMANENT):
        _speaks(transcript, "550 No", refused(Stage.RCPT, 550, "550 No"))
    assert [phase.words for phase in transcript.phases] == ["550 No"]
