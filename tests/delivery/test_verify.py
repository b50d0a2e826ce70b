"""Asking far sides about codes: nothing is raised, and no code is left in what is kept."""

import logging

import pytest

from tests.support.phones import PHONE
from webapp.delivery import verify
from webapp.delivery.accounts import build
from webapp.domain.envelope import Accepted, Certainty, Envelope, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.domain.verification import Verdict
from webapp.runtime import runtime


@pytest.fixture
def provider(session, network):
    def make(kind):
        around = {"vault": runtime().vault, "surroundings": runtime().surroundings}
        return build(kind=kind, name="far", settings={}, sealed="", **around)

    return make


@pytest.fixture
def start(provider, clock):
    return lambda: verify.start(provider("verifies"), phone=PHONE, locale="de", clock=clock)


@pytest.fixture
def check(provider, clock):
    return lambda code="424242": verify.check(provider("verifies"), far_id="VE1", code=code, clock=clock)


def test_which_kinds_verify(provider):
    assert verify.verifier(provider("verifies"))
    assert verify.verifier(provider("texts")) is None
    assert verify.verifier(provider("file")) is None
    assert verify.verifier(provider("not installed")) is None


def test_a_code_is_started(start, network):
    asked = start()
    assert (asked.said, asked.result.outcome) == ("VE1", Accepted())
    assert network.started == [(PHONE, "de")]
    assert asked.result.row()["outcome"] == "accepted"
    assert [phase.name for phase in asked.result.transcript.phases] == ["asked"]


@pytest.mark.parametrize(("code", "verdict"), [("424242", Verdict.RIGHT), ("111111", Verdict.WRONG)])
def test_a_code_is_checked_and_not_kept(check, code, verdict):
    asked = check(code)
    assert asked.said is verdict
    assert code not in repr(asked.result.row())
    assert "the far side repeats: ••••••" in repr(asked.result.row())


FAILURE = PermanentFailure(Reason.RECIPIENT_REFUSED, "60200 no such phone, not even for 424242")


def test_a_failure_is_what_came_of_it(start, check, network):
    network.fails = FAILURE
    assert (start().said, start().result.outcome) == (None, FAILURE)
    asked = check()
    assert asked.said is None
    assert asked.result.reply == "60200 no such phone, not even for ••••••"


def test_a_plugin_s_fault_is_a_failure_whose_words_are_not_told(start, check, network, caplog):
    network.fails = RuntimeError("what about 424242?")
    with caplog.at_level(logging.DEBUG):
        for asked in (start(), check()):
            assert asked.said is None
            assert isinstance(asked.result.outcome, TemporaryFailure)
            assert asked.result.outcome.certainty is Certainty.MAY_HAVE_ARRIVED
            assert "424242" not in repr(asked.result.row())
    assert "Provider far raised RuntimeError" in caplog.text
    assert "424242" not in caplog.text


@pytest.mark.parametrize("said", ["yes", 1, True])
def test_a_verdict_that_is_none_is_a_failure(check, network, said):
    network.says = said
    asked = check()
    assert asked.said is None
    assert isinstance(asked.result.outcome, TemporaryFailure)


@pytest.mark.parametrize("far_id", ["", "x" * 65, None, 7])
def test_an_id_that_cannot_be_kept_is_a_failure(provider, clock, monkeypatch, far_id):
    far = provider("verifies")
    monkeypatch.setattr(far, "start_verification", lambda *_: far_id)
    asked = verify.start(far, phone=PHONE, locale="de", clock=clock)
    assert asked.said is None
    assert isinstance(asked.result.outcome, TemporaryFailure)


def test_a_code_of_ours_is_sent_and_not_kept(provider, clock, network):
    envelope = Envelope(
        id="01", medium="sms", address=PHONE, recipient="edith", sender="Belfry", channel="x", subject="Code",
        text="424242 is it", html=None, created_at=clock.now(),
    )  # fmt: skip
    result = verify.tell(provider("texts"), envelope, code="424242", clock=clock)
    assert network.texts == [envelope.personal()]
    assert result.reply == "201 •••••• is it"
    assert "424242" not in repr(result.row())
