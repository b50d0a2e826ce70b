"""One try of one envelope: whatever a provider does, what came of it is a result."""

from datetime import timedelta

import pytest

from tests.support.clock import START
from tests.support.world import FarSide
from webapp.delivery.send import try_once
from webapp.domain.envelope import (
    Accepted,
    Certainty,
    ConfigurationFailure,
    Envelope,
    PermanentFailure,
    TemporaryFailure,
)
from webapp.domain.reason import Reason


@pytest.fixture
def envelope():
    return Envelope("E1", "email", "emil@example.com", "Emil", "Edith", "a.b", "Lunch", "Noon.", None, START)


def test_what_is_accepted_is_timed(clock, envelope):
    far = FarSide()
    far.answer = lambda _envelope: (clock.advance(1.5), Accepted("250 taken"))[1]
    result = try_once(far, envelope, clock)
    assert (result.outcome, result.reply, result.started_at, result.ms) == (
        Accepted("250 taken"),
        "250 taken",
        START,
        1500,
    )
    assert [phase.name for phase in result.transcript.phases] == ["asked"]
    assert clock.now() == START + timedelta(seconds=1.5)


@pytest.mark.parametrize("failure", [TemporaryFailure(Reason.DNS, "?"), PermanentFailure(Reason.GONE, "410")])
def test_a_failure_is_the_outcome(clock, envelope, failure):
    far = FarSide()
    far.answer = failure
    assert try_once(far, envelope, clock).outcome is failure


def test_a_provider_that_raises_may_have_sent_it(clock, envelope, caplog):
    far = FarSide()
    far.answer = ZeroDivisionError("by \x00")
    outcome = try_once(far, envelope, clock).outcome
    assert isinstance(outcome, TemporaryFailure)
    assert outcome.reply == "The provider failed: ZeroDivisionError: by \ufffd"
    assert outcome.certainty is Certainty.MAY_HAVE_ARRIVED, "nothing is known of how far it came"
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("answer", [None, True, "250 OK"])
def test_a_provider_that_does_not_say_accepted_may_have_sent_it(clock, envelope, caplog, answer):
    far = FarSide()
    far.answer = lambda _envelope: answer
    outcome = try_once(far, envelope, clock).outcome
    assert isinstance(outcome, TemporaryFailure)
    assert outcome.certainty is Certainty.MAY_HAVE_ARRIVED
    assert "instead of Accepted" in caplog.text


@pytest.mark.parametrize(
    ("answer", "outcome", "reason", "certainty", "reply"),
    [
        (Accepted("250 taken"), "accepted", None, None, "250 taken"),
        (TemporaryFailure(Reason.DNS, "?"), "temporary", "DNS", "not sent", "?"),
        (PermanentFailure(Reason.GONE, "410"), "permanent", "GONE", "not sent", "410"),
        (ConfigurationFailure(Reason.AUTH, "535"), "configuration", "AUTH", "not sent", "535"),
    ],
)
def test_what_an_attempt_s_row_says_of_it(clock, envelope, answer, outcome, reason, certainty, reply):
    far = FarSide()
    far.answer, far.phase = answer, "a\x00b"
    assert try_once(far, envelope, clock).row() == {
        "started_at": START,
        "ms": 0,
        "phase": "a\ufffdb",
        "outcome": outcome,
        "reason": reason,
        "certainty": certainty,
        "reply": reply,
        "phases": [["a\ufffdb", 0, ""]],
    }
