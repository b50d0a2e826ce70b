"""Simulator addresses: each the same failure as a mail server's, and the next process goes on where one ended."""

import pytest

from webapp.domain.envelope import Accepted, Blame, Certainty, PermanentFailure, TemporaryFailure
from webapp.domain.field import parse_fields
from webapp.domain.reason import Reason
from webapp.providers import kinds
from webapp.providers.file import _simulator, read, sent
from webapp.providers.smtp._outcome import Stage, broken, refused

KIND = kinds()["file"]
NAMES = [address.partition("@")[0] for address, _ in KIND.guide.words]


@pytest.fixture
def tried(surroundings, transcript, monkeypatch):
    """One try, each by a provider of its own, as another process would make it: Accepted or the failure."""
    monkeypatch.setattr(_simulator, "SLOW_S", 0.05)

    def send(mail):
        try:
            return KIND("Demo", parse_fields(KIND.fields, {}), surroundings).send(mail, transcript)
        except (TemporaryFailure, PermanentFailure) as failure:
            return failure

    return send


def as_by_smtp(failure, expected):
    """The same verdict as the smtp provider's of the same answer."""
    assert type(failure) is type(expected)
    assert (failure.reason, failure.blame, failure.certainty) == (
        expected.reason,
        expected.blame,
        expected.certainty,
    )


def kept(tmp_path):
    return [mail.id for mail in sent(tmp_path, "Demo", 10)]


def test_bounce_is_refused_for_good(tried, envelope, transcript, tmp_path):
    mail = envelope(address="bounce@example.com")
    for _ in range(2):
        as_by_smtp(tried(mail), refused(Stage.RCPT, 550, "550 no"))
    assert kept(tmp_path) == []
    assert [phase.name for phase in transcript.phases[:4]] == ["connect", "greeting", "MAIL", "RCPT"]
    assert transcript.phases[-1].words == "550 5.1.1 <bounce@example.com>: there is no such mailbox here"


def test_greylist_is_refused_once_for_each_envelope(tried, envelope, tmp_path):
    first, second = envelope(address="greylist@example.com"), envelope(address="greylist@example.com")
    as_by_smtp(tried(first), refused(Stage.RCPT, 451, "451 later"))
    assert kept(tmp_path) == []
    assert isinstance(tried(first), Accepted)
    assert isinstance(tried(second), TemporaryFailure)
    assert kept(tmp_path) == [first.id]
    assert isinstance(tried(first), Accepted), "whoever was taken once is not refused again"


def test_slow_takes_its_time_and_is_taken(tried, envelope, transcript, tmp_path):
    mail = envelope(address="slow@example.com")
    assert isinstance(tried(mail), Accepted)
    assert sum(phase.ms for phase in transcript.phases) >= 50
    assert kept(tmp_path) == [mail.id]


def test_slow_is_within_the_timeout(surroundings):
    assert KIND("Demo", {}, surroundings).timeout >= 2 * _simulator.SLOW_S


def test_a_drop_after_the_dot_may_have_arrived_and_the_retry_is_the_same_mail(tried, envelope, transcript, tmp_path):
    mail = envelope(address="drop-after-dot@example.com")
    failure = tried(mail)
    real = broken(Stage.HANDED_OVER, OSError())
    assert (failure.reason, failure.certainty) == (real.reason, real.certainty)
    assert failure.certainty is Certainty.MAY_HAVE_ARRIVED
    assert (failure.blame, transcript.reached) == (Blame.TARGET, "handed over")
    arrived = read(tmp_path, "Demo", mail.id)
    assert arrived
    assert isinstance(tried(mail), Accepted)
    assert read(tmp_path, "Demo", mail.id) == arrived
    assert kept(tmp_path) == [mail.id]


def test_down_refuses_each_time_and_the_provider_is_not_to_blame(tried, envelope, transcript, tmp_path):
    mail = envelope(address="down@example.com")
    for _ in range(3):
        failure = tried(mail)
        assert isinstance(failure, TemporaryFailure)
        assert (failure.reason, failure.blame) == (Reason.CONNECT_REFUSED, Blame.TARGET)
        assert failure.certainty is Certainty.NOT_SENT
    assert [phase.name for phase in transcript.phases] == ["connect"] * 3
    assert kept(tmp_path) == []


def test_full_is_refused_for_the_time_being_and_then_for_good(tried, envelope, tmp_path):
    mail = envelope(address="full@example.com")
    as_by_smtp(tried(mail), refused(Stage.RCPT, 452, "452 full"))
    for _ in range(2):
        as_by_smtp(tried(mail), refused(Stage.RCPT, 552, "552 full"))
    assert kept(tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_none_of_them_is_the_providers_fault(name, tried, envelope):
    """Five faults of its own in a row would pause the demo's only provider."""
    outcome = tried(envelope(address=f"{name}@example.com"))
    assert isinstance(outcome, Accepted) or outcome.blame is not Blame.PROVIDER


@pytest.mark.parametrize("address", ["Bounce@Example.com", "BOUNCE@elsewhere.test", "bounce@bücher.example"])
def test_the_domain_may_be_any(address, tried, envelope):
    assert isinstance(tried(envelope(address=address)), PermanentFailure)


@pytest.mark.parametrize("address", ["bounced@example.com", "a.bounce@example.com", "bounce+1@example.com"])
def test_other_addresses_only_get_their_mail(address, tried, envelope, transcript):
    assert isinstance(tried(envelope(address=address)), Accepted)
    assert [phase.name for phase in transcript.phases] == ["write"]


def test_what_is_no_address_or_no_id_is_refused_as_ever(tried, envelope, transcript, tmp_path):
    for mail in (envelope(address="bounce"), envelope(address="@"), envelope(address="greylist@x", id="../x")):
        assert isinstance(tried(mail), PermanentFailure)
    assert list(tmp_path.rglob("*.tried")) == []


def test_a_text_message_has_no_simulator(tried, envelope):
    assert isinstance(tried(envelope(medium="sms", address="bounce@example.com")), Accepted)


def test_a_folder_that_cannot_be_made_is_a_temporary_failure(tried, envelope, tmp_path):
    (tmp_path / "outbox").write_text("in the way")
    failure = tried(envelope(address="greylist@example.com"))
    assert "Could not be remembered" in failure.reply


def test_the_guide_names_every_address():
    assert NAMES == ["bounce", "greylist", "slow", "drop-after-dot", "down", "full"]
    assert all(what.endswith(".") for _, what in KIND.guide.words)
