"""What Twilio reports of a message: believed only with its signature, and understood by the same table of codes."""

import pytest

from tests.support.twilio import signature
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.later_word import Forged, LaterWord
from webapp.domain.reason import Reason
from webapp.providers.twilio._codes import CODES

URL = "https://belfry.example.com/callbacks/01JDMK?try=1"
DELIVERED, UNDELIVERABLE = DeliveryState.DELIVERED, DeliveryState.UNDELIVERABLE


@pytest.fixture
def heard(twilio, make_twilio):
    """What is understood of a form, signed by Twilio unless said otherwise."""

    def make(form=None, *, typed=None, url=URL, signed_for=URL, token="", header="X-Twilio-Signature", **more):
        form = {"MessageSid": "SM1", **(form or {}), **more}
        signed = signature(token or twilio.auth_token, signed_for, form)
        return make_twilio(typed or twilio.typed()).later_word(url, form, {header: signed})

    return make


@pytest.mark.parametrize(
    ("status", "state"),
    [
        *(
            (status, None)
            for status in ("accepted", "scheduled", "queued", "sending", "sent", "receiving", "pondering")
        ),
        ("delivered", DELIVERED),
        ("read", DELIVERED),
        ("undelivered", UNDELIVERABLE),
        ("failed", UNDELIVERABLE),
        ("canceled", UNDELIVERABLE),
    ],
)
def test_what_a_status_means(heard, status, state):
    word = heard(MessageStatus=status)
    assert (word.state, word.status) == (state, status)
    assert (word.reason is not None) == (state is UNDELIVERABLE)


# codes, why it cannot be delivered
REPORTED = [
    ("30003 30004 30005 30006 30008 30450 30453", Reason.RECIPIENT_REFUSED),
    ("21211 21610 21612 21614 21635", Reason.RECIPIENT_REFUSED),
    ("30007 30019 30038 30044", Reason.CONTENT_REFUSED),
    ("30018 30024 30032 30034 21703", Reason.SENDER_REFUSED),
    ("30001 30017 30022 30023 30027 30410", Reason.SERVER_BUSY),
    ("30002", Reason.AUTH),
    ("30036", Reason.EXPIRED),
]
EACH = [(int(code), reason) for codes, reason in REPORTED for code in codes.split()]


@pytest.mark.parametrize(("code", "reason"), EACH)
def test_why_it_did_not_arrive(heard, code, reason):
    word = heard(MessageStatus="undelivered", ErrorCode=str(code))
    assert word == LaterWord(UNDELIVERABLE, "undelivered", str(code), CODES[code].words, reason)


def test_every_code_that_is_only_reported_is_tried():
    assert {code for code in CODES if 30000 <= code < 40000} <= {code for code, _ in EACH}


@pytest.mark.parametrize("code", ["", "39999", "-1", "what?", "९", "9" * 5000])
def test_a_code_that_nobody_knows_is_still_no_arrival(heard, code):
    word = heard(MessageStatus="failed", ErrorCode=code)
    assert (word.state, word.reason, word.code, word.words) == (UNDELIVERABLE, Reason.RECIPIENT_REFUSED, code[:20], "")


def test_twilios_own_words_come_first(heard):
    assert heard(MessageStatus="failed", ErrorCode="30003", ErrorMessage="Switched off").words == "Switched off"


def test_a_message_that_somebody_stopped_says_so(heard):
    assert heard(MessageStatus="canceled").reason is Reason.CANCELLED_BY_PERSON


@pytest.mark.parametrize("header", ["X-Twilio-Signature", "x-twilio-signature", "X-TWILIO-SIGNATURE"])
def test_headers_come_in_any_case(heard, header):
    assert heard(MessageStatus="sent", header=header).status == "sent"


@pytest.mark.parametrize(
    "different",
    [
        {"token": "another account's"},
        {"signed_for": "https://belfry.example.com/callbacks/01JDMX?try=1"},
        {"signed_for": "https://evil.example.com/callbacks/01JDMK?try=1"},
        {"header": "X-Signature"},
    ],
    ids=str,
)
def test_what_twilio_has_not_signed_is_forged(heard, different):
    with pytest.raises(Forged):
        heard(MessageStatus="delivered", **different)


def test_a_form_that_was_changed_on_the_way_is_forged(twilio, make_twilio):
    signed = signature(twilio.auth_token, URL, {"MessageStatus": "failed"})
    for form in ({"MessageStatus": "delivered"}, {"MessageStatus": "failed", "ErrorCode": "30003"}, {}):
        with pytest.raises(Forged):
            make_twilio().later_word(URL, form, {"X-Twilio-Signature": signed})


@pytest.mark.parametrize("signed", ["", "é", "=" * 28, "\ud800"], ids=ascii)
def test_a_signature_of_nonsense_is_forged(make_twilio, signed):
    with pytest.raises(Forged):
        make_twilio().later_word(URL, {"MessageStatus": "delivered"}, {"X-Twilio-Signature": signed})


def test_half_a_character_is_forged(make_twilio):
    with pytest.raises(Forged):
        make_twilio().later_word(URL, {"MessageStatus": "\ud800"}, {"X-Twilio-Signature": "="})


@pytest.mark.parametrize("public", ["https://belfry.example.com/c/1", "https://belfry.example.com:443/c/1"])
def test_a_port_that_goes_without_saying_may_be_said(heard, public):
    assert heard(MessageStatus="sent", url="https://belfry.example.com/c/1", signed_for=public).status == "sent"


def test_an_account_signed_in_by_key_needs_its_token_to_believe_anything(twilio, heard):
    knowing = twilio.typed_with_key(signing_token=twilio.auth_token)
    assert heard(MessageStatus="delivered", typed=knowing).state is DELIVERED
    with pytest.raises(Forged, match="not known here"):
        heard(MessageStatus="delivered", typed=twilio.typed_with_key())
    with pytest.raises(Forged):
        heard(MessageStatus="delivered", typed=twilio.typed_with_key(), token=twilio.api_secret)


def test_a_report_goes_where_the_message_said(twilio, make_twilio, sms, transcript, httpserver):
    httpserver.expect_oneshot_request("/callbacks/01").respond_with_data("", status=204)
    provider, url = make_twilio(), httpserver.url_for("/callbacks/01")
    provider.send(sms(callback=url), transcript)
    assert twilio.report("undelivered", 30003) == 204
    request = httpserver.log[-1][0]
    word = provider.later_word(url, request.form, request.headers)
    assert (word.state, word.code, word.reason) == (UNDELIVERABLE, "30003", Reason.RECIPIENT_REFUSED)
    assert request.form["MessageSid"] == twilio.messages[-1]["sid"]
