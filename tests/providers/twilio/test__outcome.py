"""What comes back from Twilio, over real sockets: every code and every status leads where it must."""

import logging
from datetime import UTC, datetime

import pytest

from tests.support.twilio import Said, refusal
from webapp.domain.envelope import (
    Blame,
    Certainty,
    ConfigurationFailure,
    PermanentFailure,
    TemporaryFailure,
)
from webapp.domain.reason import Reason
from webapp.providers._transport import Answer
from webapp.providers.twilio._codes import CODES
from webapp.providers.twilio._outcome import Refusal, illegible

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
TEMPORARY, PERMANENT, CONFIGURATION = TemporaryFailure, PermanentFailure, ConfigurationFailure

# codes, the failure, its reason, whom it blames
ANSWERED = [
    ("20003 20005 20006 20008 20403 10001", CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    ("20404 21408 21609 60223 60605", CONFIGURATION, Reason.HTTP_4XX, Blame.PROVIDER),
    ("21212 21264 21267 21603 21606 21607 21659 21660 21661", CONFIGURATION, Reason.SENDER_REFUSED, Blame.PROVIDER),
    ("21701 21703 21704 21705", CONFIGURATION, Reason.SENDER_REFUSED, Blame.PROVIDER),
    ("20429 20503 21611 21730", TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    ("20500", TEMPORARY, Reason.HTTP_5XX, Blame.PROVIDER),
    ("60202 60203 60212", TEMPORARY, Reason.SERVER_BUSY, Blame.RECIPIENT),
    ("21211 21214 21217 21265 21266 21604 21608", PERMANENT, Reason.RECIPIENT_REFUSED, Blame.RECIPIENT),
    ("21610 21612 21614 21635 60200 60205 60238 60410", PERMANENT, Reason.RECIPIENT_REFUSED, Blame.RECIPIENT),
    ("21602 21617 21619", PERMANENT, Reason.CONTENT_REFUSED, Blame.CONTENT),
]
EACH = [(int(code), *rest) for codes, *rest in ANSWERED for code in codes.split()]

# an answer without a code that is known, the failure, its reason, whom it blames
UNKNOWN = [
    (refusal(400, 29999, "Something new"), TEMPORARY, Reason.HTTP_4XX, Blame.CONTENT),
    (refusal(401, 29999, "Something new"), CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    (Said(401, b"<h1>Who?</h1>"), CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    (Said(403, b""), CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    (Said(404, b"nothing here"), TEMPORARY, Reason.HTTP_4XX, Blame.PROVIDER),
    (Said(405, b""), TEMPORARY, Reason.HTTP_4XX, Blame.PROVIDER),
    (Said(429, b""), TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    (Said(500, b"oops"), TEMPORARY, Reason.HTTP_5XX, Blame.PROVIDER),
    (Said(502, b"<html>"), TEMPORARY, Reason.HTTP_5XX, Blame.PROVIDER),
    (Said(503, b""), TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    (Said(302, b"", {"Location": "http://127.0.0.1:1/"}), TEMPORARY, Reason.REDIRECTED, Blame.PROVIDER),
    (Said(307, b"", {"Location": "http://169.254.169.254/"}), TEMPORARY, Reason.REDIRECTED, Blame.PROVIDER),
    (Said(400, {"message": "no code"}), TEMPORARY, Reason.HTTP_4XX, Blame.CONTENT),
    (Said(400, {"code": "21610", "message": 5}), TEMPORARY, Reason.HTTP_4XX, Blame.CONTENT),
    (Said(400, ["a", "list"]), TEMPORARY, Reason.HTTP_4XX, Blame.CONTENT),
    (Said(400, b"[" * 60_000), TEMPORARY, Reason.HTTP_4XX, Blame.CONTENT),
]
ILLEGIBLE = [b"", b"<html>fine</html>", b"null", b"[]", b"{}", b'{"sid": 5}', b"\xff\xfe", b"[" * 60_000]


@pytest.mark.parametrize(("code", "kind", "reason", "blame"), EACH)
def test_what_a_code_means(twilio, refused, code, kind, reason, blame):
    twilio.refuse(code, "Twilio's own words")
    failure = refused()
    assert (type(failure), failure.reason, failure.blame) == (kind, reason, blame)
    assert failure.certainty is Certainty.NOT_SENT
    assert "Twilio's own words" in failure.reply
    assert f"https://www.twilio.com/docs/api/errors/{code}" in failure.reply


def test_every_code_that_can_be_answered_is_tried():
    later = range(30000, 40000)
    assert {code for code, *_ in EACH} == {code for code in CODES if code not in later}


@pytest.mark.parametrize(("said", "kind", "reason", "blame"), UNKNOWN, ids=lambda it: getattr(it, "status", None))
def test_what_an_answer_means_by_its_status(twilio, refused, said, kind, reason, blame):
    twilio.answer(said)
    failure = refused()
    assert (type(failure), failure.reason, failure.blame) == (kind, reason, blame)
    assert failure.certainty is Certainty.NOT_SENT
    assert f"HTTP {said.status}" in failure.reply
    assert len(twilio.requests) == 1


def test_a_gateway_s_word_that_it_heard_nothing_may_have_arrived(twilio, refused):
    twilio.answer(Said(504, b"<html>"))
    failure = refused()
    assert (type(failure), failure.reason) == (TEMPORARY, Reason.HTTP_5XX)
    assert failure.certainty is Certainty.MAY_HAVE_ARRIVED


def test_the_newer_form_of_a_refusal_is_understood_as_well(twilio, refused):
    body = {
        "type": "https://www.twilio.com/docs/api/errors/21610",
        "title": "Unsubscribed",
        "status": 400,
        "code": 21610,
        "detail": "They said STOP",
    }
    twilio.answer(Said(400, body, {"Content-Type": "application/problem+json"}))
    failure = refused()
    assert (type(failure), failure.reason) == (PERMANENT, Reason.RECIPIENT_REFUSED)
    assert "Unsubscribed: They said STOP" in failure.reply


@pytest.mark.parametrize(
    ("asked", "waits"),
    [("7", 7.0), ("Sun, 01 Mar 2026 12:31:00 GMT", 60.0), ("Sun, 01 Mar 2020 12:00:00 GMT", 0.0), ("soon", None)],
)
def test_how_long_to_wait_is_kept(twilio, refused, asked, waits):
    twilio.refuse(20429, "Too many requests", 429, {"Retry-After": asked})
    assert (refused().retry_after or None) == (waits or None)


@pytest.mark.parametrize("code", [60202, 60203])
def test_what_verify_counts_is_forgotten_after_ten_minutes(twilio, refused, code):
    twilio.refuse(code, status=429)
    assert refused().retry_after == 600


@pytest.mark.parametrize("body", ILLEGIBLE, ids=lambda body: ascii(body[:12]))
def test_a_yes_that_cannot_be_read_is_a_yes(twilio, make_twilio, sms, transcript, caplog, body):
    twilio.answer(Said(201, body))
    envelope = sms()
    with caplog.at_level(logging.WARNING):
        accepted = make_twilio().send(envelope, transcript)
    assert accepted.reply.startswith("Taken, but the answer could not be read. 201 Created")
    assert [record.getMessage() for record in caplog.records if envelope.id in record.getMessage()]
    assert len(twilio.requests) == 1


PAGE = "https://www.twilio.com/docs/api/errors"
# the status, the code, its words, what is shown of it
SHOWN = [
    (400, 21610, "STOP", f"Twilio 21610, the recipient answered STOP to this sender: “STOP” (HTTP 400, {PAGE}/21610)"),
    (400, 29999, "Something new", f"Twilio 29999: “Something new” (HTTP 400, {PAGE}/29999)"),
    (500, None, "", "HTTP 500 oops"),
]


@pytest.mark.parametrize(("status", "code", "words", "shown"), SHOWN)
def test_what_is_shown_of_a_refusal(status, code, words, shown):
    assert Refusal(Answer(status, {}, b"", "500 oops"), code, words).failure(NOW).reply == shown


def test_a_refusal_in_a_log_is_its_numbers():
    assert str(Refusal(Answer(400, {}, b"", ""), 21610, "STOP")) == "400, 21610"


@pytest.mark.parametrize(
    ("code", "headers", "seconds"),
    [
        (60202, {}, 600),
        (60202, {"retry-after": "7"}, 7),
        (20429, {"retry-after": "Sun, 01 Mar 2026 12:31:00 GMT"}, 60),
        (20429, {}, None),
        (None, {}, None),
    ],
)
def test_how_long_a_refusal_is_waited_for(code, headers, seconds):
    assert Refusal(Answer(429, headers, b"", "429"), code, "").failure(NOW).retry_after == seconds


def test_a_yes_whose_rest_is_needed_and_cannot_be_read_may_have_arrived():
    failure = illegible(Answer(201, {}, b"", "201 Created"))
    assert (type(failure), failure.reason) == (TEMPORARY, Reason.TIMEOUT_AFTER_DATA)
    assert failure.certainty is Certainty.MAY_HAVE_ARRIVED
    assert failure.reply == "Twilio said yes, but the rest could not be read: 201 Created"
