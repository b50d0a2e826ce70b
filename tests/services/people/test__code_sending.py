"""How often, by whom, and by which provider a code is sent; and what is said where it cannot be."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.services.people.conftest import is_verified, sentence
from tests.support.phones import PHONE
from webapp.database import writing
from webapp.domain import verification
from webapp.domain.envelope import Blame, Certainty, ConfigurationFailure, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.domain.refusal import Throttled
from webapp.domain.verification import Verdict
from webapp.extensions import db
from webapp.models.envelope import Attempt
from webapp.models.provider import Provider
from webapp.models.user import User
from webapp.models.verification import Verification
from webapp.services.people import phones

pytestmark = pytest.mark.usefixtures("session", "network")


# --- how often ------------------------------------------------------------------------------------------------------


def test_another_code_is_sent_after_half_a_minute_and_five_in_ten(ask, network, sms_by, clock):
    sms_by("texts")
    ask()
    with pytest.raises(Throttled, match="Please wait 30 seconds") as caught:
        ask()
    assert caught.value.retry_after == 30
    for _time in range(verification.MOST_CODES - 1):
        clock.advance(verification.AGAIN_AFTER)
        ask()
    clock.advance(verification.AGAIN_AFTER)
    with pytest.raises(Throttled, match="Please wait 8 minutes"):
        ask()
    assert len(network.texts) == verification.MOST_CODES


def test_another_number_of_the_same_person_and_another_person_s_same_number_count(
    ask, network, sms_by, clock, add_person, bench, change
):
    sms_by("texts")
    ask()
    add_person("emil", phone=PHONE)
    with pytest.raises(Throttled):
        phones.ask(username="emil", bench=bench)
    change(User, phone="+353870000000")
    with pytest.raises(Throttled):
        ask()


# --- by whom --------------------------------------------------------------------------------------------------------


def test_nobody_to_send_it(ask, sms_by, bench):
    sms_by("texts", role="inactive")
    assert sentence(ask).startswith("No code can be sent: there is no active provider")
    sms_by("texts", removed_at=None)
    ask()


@pytest.mark.parametrize("health", [{"paused_reason": "AUTH", "paused_until": 60}, {"rests_until": 60}], ids=str)
def test_whoever_is_paused_or_rests_is_left_alone(ask, sms_by, clock, network, health):
    until = clock.now() + timedelta(seconds=60)
    sms_by("texts", health={key: until if value == 60 else value for key, value in health.items()})
    assert "paused" in sentence(ask)
    assert network.texts == []
    clock.advance(60)
    ask()  # the pause is over: were nothing else sent, nobody would find out


def test_a_fallback_takes_the_place_of_the_primary_that_is_paused(ask, sms_by, clock, session, network):
    until = clock.now() + timedelta(seconds=60)
    sms_by("texts", health={"paused_reason": "AUTH", "paused_until": until})
    fallback = sms_by("texts", role="fallback")
    ask()
    assert session.scalars(select(Attempt)).one().provider_id == fallback


def test_so_it_does_after_the_pause_until_the_primary_is_known_to_work(ask, sms_by, clock, session):
    over = clock.now() - timedelta(seconds=60)
    sms_by("verifies", health={"paused_reason": "AUTH", "paused_until": over})
    fallback = sms_by("texts", role="fallback")
    ask()
    assert session.scalars(select(Attempt)).one().provider_id == fallback


def test_what_works_is_taken_before_what_cannot_be_built(ask, sms_by, session):
    sms_by("not installed")
    fallback = sms_by("texts", role="fallback")
    ask()
    assert session.scalars(select(Attempt)).one().provider_id == fallback


RECIPIENT = PermanentFailure(Reason.RECIPIENT_REFUSED, "21211 no such number", blame=Blame.RECIPIENT)
BUSY = TemporaryFailure(Reason.SERVER_BUSY, "503 later")
AUTH = ConfigurationFailure(Reason.AUTH, "401 who are you")
DOUBT = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "silence", certainty=Certainty.MAY_HAVE_ARRIVED)
FAILURES = [
    (RECIPIENT, "+49…20 was refused"),
    (BUSY, "did not take it"),
    (AUTH, "did not take it"),
    (DOUBT, "or not"),
]


@pytest.mark.parametrize(("failure", "words"), FAILURES, ids=lambda one: getattr(one, "reply", ""))
@pytest.mark.parametrize("kind", ["texts", "verifies"])
def test_what_could_not_be_sent_is_said(ask, network, sms_by, session, failure, words, kind):
    sms_by(kind)
    network.fails = failure
    said = sentence(ask)
    assert words in said
    assert failure.reply not in said
    one = session.scalars(select(Attempt)).one()
    assert (one.reason, one.reply) == (failure.reason.value, failure.reply)


def test_an_administrator_reads_the_far_side_s_words(ask, network, sms_by, change):
    sms_by("texts")
    change(User, role="admin")
    network.fails = AUTH
    assert "401 who are you" in sentence(ask)


def test_a_code_that_may_have_arrived_is_good(ask, prove, network, sms_by):
    sms_by("texts")
    network.fails = DOUBT
    sentence(ask)
    network.fails = None
    prove(network.newest)


def test_one_of_the_far_side_s_own_is_then_asked_for_by_its_phone(ask, prove, network, sms_by):
    sms_by("verifies")
    network.fails = DOUBT
    assert "may be on its way" in sentence(ask)
    network.fails = None
    prove(network.code)
    assert network.checked == [(PHONE, network.code)]


def test_a_code_that_was_not_sent_leaves_the_one_before_good(ask, prove, network, sms_by, clock):
    sms_by("texts")
    ask()
    first = network.newest
    clock.advance(verification.AGAIN_AFTER)
    network.fails = BUSY
    sentence(ask)
    prove(first)


# --- the far side's own ---------------------------------------------------------------------------------------------


def test_a_far_side_that_verifies_makes_and_keeps_the_code(ask, prove, network, sms_by, session):
    provider_id = sms_by("texts"), sms_by("verifies", role="fallback")
    ask()
    assert (network.texts, network.started) == ([], [(PHONE, "de")])
    row = session.scalars(select(Verification)).one()
    assert (row.far_id, row.code_hash, row.provider_id) == ("VE1", None, provider_id[1])
    assert "not the code" in sentence(prove, "111111")
    prove("424 242")
    assert network.checked == [("VE1", "111111"), ("VE1", "424242")]
    everything = repr([list(db.session.execute(select(table))) for table in db.metadata.sorted_tables])
    assert "111111" not in everything
    assert "'424242" not in everything
    assert [one.trigger for one in session.scalars(select(Attempt))] == ["verification"] * 3


@pytest.mark.parametrize(
    ("says", "words"), [(Verdict.GONE, "has expired, or"), (Verdict.TOO_MANY, "tried too often")], ids=str
)
def test_what_the_far_side_says_of_a_code_holds(ask, prove, network, sms_by, says, words):
    sms_by("verifies")
    ask()
    network.says = says
    assert words in sentence(prove, "111111")
    network.says = None
    assert words.split(",")[0] in sentence(prove, network.code)
    assert len(network.checked) == 1


def test_it_is_checked_by_whoever_sent_it_also_when_inactive(ask, prove, network, sms_by, session):
    sent_by = sms_by("verifies")
    ask()
    with writing(session) as opened:
        opened.execute(update(Provider).where(Provider.id == sent_by).values(role="inactive"))
    sms_by("texts")
    prove(network.code)


def test_nobody_can_check_it_where_that_was_removed(ask, prove, network, sms_by, change, clock):
    sms_by("verifies")
    ask()
    change(Provider, removed_at=clock.now(), role="inactive")
    assert "has been removed" in sentence(prove, network.code)
    assert not is_verified()


def test_a_guess_that_nobody_looked_at_is_none(ask, prove, network, sms_by):
    sms_by("verifies")
    ask()
    network.fails = BUSY
    for _time in range(verification.MOST_TRIES + 1):
        assert "could not be checked just now" in sentence(prove, network.code)
    network.fails = None
    prove(network.code)


def test_a_guess_that_somebody_may_have_looked_at_is_one(ask, prove, network, sms_by):
    sms_by("verifies")
    ask()
    network.fails = DOUBT
    for _time in range(verification.MOST_TRIES):
        assert "could not be checked just now" in sentence(prove, network.code)
    network.fails = None
    assert "tried too often" in sentence(prove, network.code)


def test_a_guess_that_comes_back_brings_no_others_with_it(ask, prove, network, sms_by):
    """The first hangs at the far side, four wrong ones are made, and then it fails."""
    sms_by("verifies")
    ask()

    def four_others():
        network.meanwhile = lambda: None
        for number in range(4):
            sentence(prove, f"00000{number}")
        network.fails = BUSY

    network.meanwhile = four_others
    assert "could not be checked just now" in sentence(prove, "000009")
    network.fails = None
    assert "the last try" in sentence(prove, "000009")


def test_nor_where_it_verifies_no_more_and_another_code_is_the_way_on(ask, prove, network, sms_by, change, clock):
    sms_by("verifies")
    ask()
    change(Provider, kind="texts")
    assert sentence(prove, network.code).endswith("nobody can check it. Please ask for another one.")
    clock.advance(verification.AGAIN_AFTER)
    ask()
    prove(network.newest)
