"""What crosses to a provider and what comes back."""

from contextlib import suppress
from datetime import UTC, datetime

from webapp.domain.envelope import (
    REPLY_KEPT,
    Accepted,
    Blame,
    Certainty,
    PermanentFailure,
    Phase,
    TemporaryFailure,
    Transcript,
)
from webapp.domain.reason import Reason

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def ticking(*readings: float):
    return iter(readings).__next__


def test_a_failure_is_told_by_its_reason_and_reply():
    failure = PermanentFailure(Reason.GONE, "410 gone", blame=Blame.TARGET)
    assert str(failure) == "GONE: 410 gone"
    assert (failure.certainty, failure.retry_after, failure.blame) == (Certainty.NOT_SENT, None, Blame.TARGET)


def test_phases_are_timed_and_kept_also_where_they_fail():
    transcript = Transcript(ticking(1.0, 1.25, 2.0, 2.5), AT)
    with transcript.phase("connect") as words:
        words += ["220", "ready"]
    with suppress(TemporaryFailure), transcript.phase("RCPT") as words:
        words.append("451 later")
        raise TemporaryFailure(Reason.SERVER_BUSY, "451 later")
    assert [(phase.name, phase.ms, phase.words) for phase in transcript.phases] == [
        ("connect", 250, "220\nready"),
        ("RCPT", 500, "451 later"),
    ]
    assert transcript.reached == "RCPT"


def test_a_step_that_somebody_else_has_timed_is_written_down_as_well():
    transcript = Transcript(ticking(), AT)
    transcript.note("connect", 0.0126, "127.0.0.1")
    assert transcript.phases == [Phase("connect", 13, "127.0.0.1")]
    assert transcript.reached == "connect"


def test_the_far_side_s_words_can_be_stored_whatever_they_are():
    odd = "\x00bad \ud800 end" + "x" * 2 * REPLY_KEPT
    failure, accepted = TemporaryFailure(Reason.SERVER_BUSY, odd), Accepted(odd)
    transcript = Transcript(ticking(0, 0), AT)
    with transcript.phase("DATA") as words:
        words.append(odd)
    for kept in (failure.reply, accepted.reply, transcript.phases[0].words):
        assert kept.startswith("\ufffdbad \ufffd end")
        assert len(kept) == REPLY_KEPT
    assert "\x00" not in str(failure)
