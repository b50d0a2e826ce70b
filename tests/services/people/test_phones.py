"""Whose phone it is: a code of ours or of the far side's, good once, for a while, and for five guesses."""

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select, update

from tests.support.phones import PHONE
from webapp.database import writing
from webapp.domain import verification
from webapp.domain.envelope import Blame, Certainty, ConfigurationFailure, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.domain.refusal import Conflict, Refused, Throttled
from webapp.domain.verification import Verdict
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.envelope import Attempt
from webapp.models.provider import Provider, ProviderHealth
from webapp.models.user import User
from webapp.models.verification import Verification
from webapp.services.auditing import audit
from webapp.services.people import accounts, phones

pytestmark = pytest.mark.usefixtures("session", "network")


@pytest.fixture
def edith(add_person):
    return add_person("edith", phone=PHONE, locale="de")


@pytest.fixture
def ask(edith, bench):
    return lambda: phones.ask(username="edith", bench=bench)


@pytest.fixture
def prove(edith, bench):
    return lambda code: phones.prove(username="edith", code=code, bench=bench)


def sentence(call, *args) -> str:
    with pytest.raises(Refused) as caught:
        call(*args)
    [(field, words)] = caught.value.problems.items()
    assert field == "code"
    return words


def verified() -> bool:
    return accounts.get(username="edith").phone_verified_at is not None


# --- a code of ours -----------------------------------------------------------------------------------------------


def test_a_code_of_ours_goes_to_the_phone_and_proves_it(ask, prove, network, sms_by, clock, session):
    sms_by("texts")
    ask()
    [text] = network.texts
    assert (text.address, text.medium, text.html, text.callback) == (PHONE, "sms", None, None)
    assert len(text.text) <= 160
    assert not verified()
    clock.advance(60)
    prove(f" {network.newest[:3]} {network.newest[3:]} ")
    assert accounts.get(username="edith").phone_verified_at == clock.now()
    what = session.scalars(select(AuditEvent).where(AuditEvent.what == "phone verified")).one()
    assert (what.who, what.target, what.after) == ("edith", "user:edith", {"phone": PHONE})


def test_the_code_is_nowhere_in_the_database(ask, network, sms_by, session, bench):
    """The far side repeats it in its answer and in a phase's words; and a plain hash would be undone at once."""
    sms_by("texts")
    ask()
    code = network.newest
    everything = repr([list(db.session.execute(select(table))) for table in db.metadata.sorted_tables])
    assert code not in everything
    [row] = session.scalars(select(Verification))
    plain = {sha256(text.encode()).hexdigest() for text in (code, f"{row.user_id}:{code}")}
    assert row.code_hash not in plain
    assert bench.vault.recognises(row.code_hash, f"{row.user_id}:{code}")


def test_each_try_is_on_record_like_a_test(ask, sms_by, session, clock):
    provider_id = sms_by("texts")
    ask()
    [one] = session.scalars(select(Attempt))
    assert (one.trigger, one.counted, one.envelope_id, one.delivery_id) == ("verification", False, None, None)
    assert (one.provider_id, one.outcome) == (provider_id, "accepted")
    health = session.scalars(select(ProviderHealth)).one()
    assert (health.last_success_at, health.proven_at) == (None, None)
    assert audit.check(now=clock.now()) == []


def test_no_transaction_is_open_while_the_far_side_is_asked(ask, prove, network, sms_by, session):
    sms_by("verifies")
    seen = []
    network.meanwhile = lambda: seen.append(session().in_transaction())
    ask()
    prove(network.code)
    assert seen == [False, False]


def test_wrong_codes_and_the_end_of_them(ask, prove, network, sms_by, clock):
    sms_by("texts")
    ask()
    wrong = "000000" if network.newest != "000000" else "000001"
    for left in ("4 tries are", "3 tries are", "2 tries are", "One try is"):
        assert sentence(prove, wrong) == f"This is not the code. {left} left."
    assert "the last try" in sentence(prove, wrong)
    assert "tried too often" in sentence(prove, network.newest)
    assert not verified()
    clock.advance(verification.AGAIN_AFTER)
    ask()
    prove(network.newest)


def test_a_code_expires(ask, prove, network, sms_by, clock):
    sms_by("texts")
    ask()
    clock.advance(verification.LASTS - timedelta(seconds=1))
    assert "not the code" in sentence(prove, "x")
    clock.advance(1)
    assert "has expired" in sentence(prove, network.newest)


def test_only_the_newest_code_is_good(ask, prove, network, sms_by, clock):
    sms_by("texts")
    ask()
    first = network.newest
    clock.advance(verification.AGAIN_AFTER)
    ask()
    if first != network.newest:
        assert "not the code" in sentence(prove, first)
    prove(network.newest)
    assert "used already" in sentence(prove, network.newest)


def test_without_a_code(prove):
    assert "No code has been sent" in sentence(prove, "123456")


def test_a_code_is_another_person_s_not(ask, prove, network, sms_by, add_person, bench):
    sms_by("texts")
    ask()
    add_person("emil", phone=PHONE)
    with pytest.raises(Refused):
        phones.prove(username="emil", code=network.newest, bench=bench)


# --- when nothing has to be shown -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("edith")
def test_a_phone_that_is_verified_and_one_that_is_not_there(bench, change, clock, sms_by, network):
    sms_by("texts")
    change(User, phone_verified_at=clock.now())
    with pytest.raises(Conflict, match="verified already"):
        phones.ask(username="edith", bench=bench)
    change(User, phone=None, phone_verified_at=None)
    with pytest.raises(Conflict, match="no phone number"):
        phones.ask(username="edith", bench=bench)
    assert network.texts == []


def edit(clock, phone):
    details = {"display_name": "Edith", "email": None, "tz": "UTC", "locale": "de"}
    accounts.edit(username="edith", phone=phone, **details, by="edith", now=clock.now())


def test_a_code_for_a_former_number_is_worth_nothing(ask, prove, network, sms_by, clock):
    sms_by("texts")
    ask()
    edit(clock, "+353870000000")
    assert "No code has been sent" in sentence(prove, network.newest)
    assert not verified()


def test_nor_where_it_is_changed_while_the_code_is_looked_at(ask, prove, network, sms_by, clock):
    sms_by("verifies")
    ask()
    network.meanwhile = lambda: edit(clock, "+353870000000")
    assert "used already" in sentence(prove, network.code)
    assert not verified()


def test_somebody_who_was_deactivated(ask, prove, network, sms_by, change):
    sms_by("texts")
    ask()
    change(User, active=False)
    with pytest.raises(Refused):
        prove(network.newest)


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
    ask, network, sms_by, clock, add_person, bench
):
    sms_by("texts")
    ask()
    add_person("emil", phone=PHONE)
    with pytest.raises(Throttled):
        phones.ask(username="emil", bench=bench)
    edit(clock, "+353870000000")
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
    (RECIPIENT, "+49 … 820 was refused"),
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
    assert not verified()


def test_a_guess_that_nobody_looked_at_is_none(ask, prove, network, sms_by):
    sms_by("verifies")
    ask()
    network.fails = BUSY
    for _time in range(verification.MOST_TRIES + 1):
        assert "could not be checked just now" in sentence(prove, network.code)
    network.fails = None
    prove(network.code)


def test_a_kind_that_verifies_no_more_cannot_say(ask, prove, network, sms_by, change):
    sms_by("verifies")
    ask()
    change(Provider, kind="texts")
    assert "could not be checked just now" in sentence(prove, network.code)
