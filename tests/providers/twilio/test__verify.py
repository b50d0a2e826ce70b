"""Verify: who holds a phone is found out by Twilio, in every way in which that can end."""

from dataclasses import replace

import pytest

from tests.providers.twilio.conftest import GERMAN, INDIAN
from tests.support.twilio import Said, refusal, sid
from webapp.domain.envelope import (
    Blame,
    Certainty,
    ConfigurationFailure,
    Failure,
    PermanentFailure,
    TemporaryFailure,
)
from webapp.domain.reason import Reason
from webapp.domain.region import locales
from webapp.domain.verification import Verdict
from webapp.providers.twilio._verify import spoken


@pytest.fixture
def verifier(make_twilio):
    return make_twilio()


@pytest.fixture
def started(verifier, transcript):
    """The SID of a verification of a German phone."""
    return verifier.start_verification(GERMAN, "de_DE", transcript)


def test_it_verifies_where_a_service_is_named(make_twilio, verifier):
    assert verifier.verifies
    assert not make_twilio(verify_service="").verifies


@pytest.mark.parametrize("phone", [GERMAN, INDIAN])
def test_the_right_code_is_right_once(twilio, verifier, transcript, phone):
    far_id = verifier.start_verification(phone, "en", transcript)
    code = twilio.code_for(phone)
    assert verifier.check_verification(far_id, code, transcript) is Verdict.RIGHT
    assert verifier.check_verification(far_id, code, transcript) is Verdict.GONE


def test_free_text_never_goes_through_verify_nor_a_code_through_messages(twilio, verifier, sms, transcript, started):
    verifier.send(sms(), transcript)
    assert [request.path.rpartition("/")[2] for request in twilio.requests] == ["Verifications", "Messages.json"]
    assert twilio.requests[0].form == {"To": GERMAN, "Channel": "sms", "Locale": "de"}


@pytest.mark.parametrize("phone", [GERMAN, INDIAN])
def test_a_code_whose_id_was_lost_is_known_by_its_phone(twilio, verifier, transcript, phone):
    verifier.start_verification(phone, "en", transcript)
    assert verifier.check_verification(phone, "000000x", transcript) is Verdict.WRONG
    assert twilio.requests[-1].form == {"To": phone, "Code": "000000x"}
    assert verifier.check_verification(phone, twilio.code_for(phone), transcript) is Verdict.RIGHT


def test_a_wrong_code_may_be_followed_by_the_right_one(twilio, verifier, transcript, started):
    wrong = f"{(int(twilio.code_for(GERMAN)) + 1) % 10**6:06}"
    assert verifier.check_verification(started, wrong, transcript) is Verdict.WRONG
    assert verifier.check_verification(started, twilio.code_for(GERMAN), transcript) is Verdict.RIGHT


@pytest.mark.parametrize("typed", ["", "1", "what?", "12345678901", "१२३४५६"])
def test_what_cannot_be_a_code_is_wrong(verifier, transcript, started, typed):
    assert verifier.check_verification(started, typed, transcript) is Verdict.WRONG


def test_after_five_guesses_no_more_are_heard(twilio, verifier, transcript, started):
    wrong = f"{(int(twilio.code_for(GERMAN)) + 1) % 10**6:06}"
    said = [verifier.check_verification(started, wrong, transcript) for _ in range(6)]
    assert said == [Verdict.WRONG] * 5 + [Verdict.TOO_MANY]
    assert verifier.check_verification(started, twilio.code_for(GERMAN), transcript) is Verdict.TOO_MANY


def test_an_expired_code_is_gone(twilio, verifier, transcript, started):
    code = twilio.code_for(GERMAN)
    twilio.expire(GERMAN)
    assert verifier.check_verification(started, code, transcript) is Verdict.GONE


def test_a_code_sent_again_is_the_same_verification(verifier, transcript, started):
    assert verifier.start_verification(GERMAN, "de_DE", transcript) == started


def test_after_five_codes_ten_minutes_have_to_pass(verifier, transcript):
    for _ in range(5):
        verifier.start_verification(GERMAN, "de_DE", transcript)
    with pytest.raises(TemporaryFailure) as caught:
        verifier.start_verification(GERMAN, "de_DE", transcript)
    failure = caught.value
    assert (failure.reason, failure.blame, failure.retry_after) == (Reason.SERVER_BUSY, Blame.RECIPIENT, 600)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("approved", Verdict.RIGHT),
        ("pending", Verdict.WRONG),
        ("max_attempts_reached", Verdict.TOO_MANY),
        ("canceled", Verdict.GONE),
        ("expired", Verdict.GONE),
        ("deleted", Verdict.GONE),
        ("failed", Verdict.GONE),
    ],
)
def test_what_the_status_of_a_verification_says(twilio, verifier, transcript, status, verdict):
    # "valid" is a relic, and lies here: only the status counts.
    twilio.answer(Said(200, {"sid": sid("VE"), "status": status, "valid": status != "approved"}))
    assert verifier.check_verification(sid("VE"), "123456", transcript) is verdict


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (refusal(404, 20404, "Not found"), Verdict.GONE),
        (Said(404, b"not found"), Verdict.GONE),
        (refusal(400, 60200, "Invalid parameter: Code"), Verdict.WRONG),
        (refusal(429, 60202, "Max check attempts reached"), Verdict.TOO_MANY),
    ],
)
def test_what_a_refused_check_says_of_the_code(twilio, verifier, transcript, said, verdict):
    twilio.answer(said)
    assert verifier.check_verification(sid("VE"), "123456", transcript) is verdict


REFUSED = [
    (refusal(401, 20003, "Authenticate"), ConfigurationFailure, Reason.AUTH),
    (refusal(429, 20429, "Too many requests"), TemporaryFailure, Reason.SERVER_BUSY),
    (refusal(429, 60212, "Too many concurrent requests"), TemporaryFailure, Reason.SERVER_BUSY),
    (Said(500, b"oops"), TemporaryFailure, Reason.HTTP_5XX),
    (Said(503, b""), TemporaryFailure, Reason.SERVER_BUSY),
]
REFUSED_AT_THE_START = [
    (refusal(400, 60200, "Invalid parameter: To"), PermanentFailure, Reason.RECIPIENT_REFUSED),
    (refusal(403, 60205, "SMS is not supported by landline"), PermanentFailure, Reason.RECIPIENT_REFUSED),
    (refusal(403, 60238, "Blocked"), PermanentFailure, Reason.RECIPIENT_REFUSED),
    (refusal(403, 60410, "Blocked"), PermanentFailure, Reason.RECIPIENT_REFUSED),
    (refusal(400, 60223, "Delivery channel disabled"), ConfigurationFailure, Reason.HTTP_4XX),
    (refusal(403, 60605, "Geo permissions"), ConfigurationFailure, Reason.HTTP_4XX),
    (refusal(429, 60203, "Max send attempts reached"), TemporaryFailure, Reason.SERVER_BUSY),
]


@pytest.mark.parametrize(("said", "kind", "reason"), REFUSED, ids=str)
def test_what_says_nothing_of_the_code_is_a_failure(twilio, verifier, transcript, said, kind, reason):
    twilio.answer(said)
    with pytest.raises(Failure) as caught:
        verifier.check_verification(sid("VE"), "123456", transcript)
    assert (type(caught.value), caught.value.reason) == (kind, reason)


@pytest.mark.parametrize(("said", "kind", "reason"), [*REFUSED, *REFUSED_AT_THE_START], ids=str)
def test_why_no_code_was_sent(twilio, verifier, transcript, said, kind, reason):
    twilio.answer(said)
    with pytest.raises(Failure) as caught:
        verifier.start_verification(GERMAN, "de_DE", transcript)
    assert (type(caught.value), caught.value.reason) == (kind, reason)
    assert len(twilio.requests) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"sid": 5, "status": "pending"}'])
def test_a_yes_that_cannot_be_read_may_have_arrived(twilio, verifier, transcript, body):
    twilio.answer(Said(201, body), Said(200, body))
    for ask in (
        lambda: verifier.start_verification(GERMAN, "de_DE", transcript),
        lambda: verifier.check_verification(sid("VE"), "123456", transcript),
    ):
        with pytest.raises(TemporaryFailure) as caught:
            ask()
        assert caught.value.certainty is Certainty.MAY_HAVE_ARRIVED


def test_a_status_that_nobody_knows_is_no_verdict(twilio, verifier, transcript):
    twilio.answer(Said(200, {"sid": sid("VE"), "status": "pondering", "valid": True}))
    with pytest.raises(TemporaryFailure):
        verifier.check_verification(sid("VE"), "123456", transcript)


def test_a_service_that_is_gone_cannot_send_and_has_nothing_to_check(twilio, make_twilio, transcript):
    gone = make_twilio(verify_service=sid("VA"))
    with pytest.raises(ConfigurationFailure):
        gone.start_verification(GERMAN, "de_DE", transcript)
    assert len(twilio.requests) == 1  # it is no language that is missing
    assert gone.check_verification(sid("VE"), "123456", transcript) is Verdict.GONE
    assert make_twilio(verify_service="").check_verification(sid("VE"), "123456", transcript) is Verdict.GONE


# --- languages ---


@pytest.mark.parametrize(
    ("locale", "asked_for"),
    [
        ("de", "de"),
        ("de_DE", "de"),
        ("de_AT", "de"),
        ("en_GB", "en-GB"),
        ("en_US", "en"),
        ("en_IN", "en"),
        ("pt", "pt"),
        ("pt_BR", "pt-BR"),
        ("pt_PT", "pt"),
        ("es_MX", "es"),
        ("zh_Hans", "zh-CN"),
        ("zh_Hans_CN", "zh-CN"),
        ("zh_Hant", "zh-HK"),
        ("zh_Hant_TW", "zh-HK"),
        ("zh_CN", "zh-CN"),
        ("hi_IN", "hi"),
        ("nb_NO", "nb"),
        ("no", "nb"),
        ("bg", None),
        ("ga", None),
        ("", None),
    ],
)
def test_a_locale_becomes_a_language_that_verify_writes(twilio, verifier, transcript, locale, asked_for):
    verifier.start_verification(GERMAN, locale, transcript)
    assert twilio.language_for(GERMAN) == asked_for


def test_every_locale_that_people_choose_from_is_taken(twilio, verifier, transcript):
    for number, (code, _) in enumerate(locales()):
        verifier.start_verification(f"+4915112345{number:03}", code, transcript)
    assert len(twilio.requests) == len(locales())


def test_a_language_that_is_refused_after_all_is_left_to_verify(twilio, verifier, transcript):
    twilio.answer(refusal(404, 20404, "The requested locale is not supported"))
    assert verifier.start_verification(GERMAN, "de_DE", transcript)
    assert [request.form.get("Locale") for request in twilio.requests] == ["de", None]


def test_both_requests_together_keep_the_timeout(twilio, make_twilio, transcript):
    unknown = refusal(404, 20404, "The requested locale is not supported")
    twilio.answer(replace(unknown, late=0.7), replace(unknown, late=0.7))
    with pytest.raises(TemporaryFailure) as caught:
        make_twilio(timeout="1").start_verification(GERMAN, "de_DE", transcript)
    assert (len(twilio.requests), caught.value.reason) == (2, Reason.TIMEOUT_AFTER_DATA)


def test_what_is_asked_for_is_nothing_but_a_language():
    assert spoken("de_DE@euro") == "de"
    assert spoken("../..") is None
