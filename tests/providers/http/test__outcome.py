"""What each answer of an HTTP service leads to, spoken by a real server."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from tests.support.asking import HALF
from tests.support.smtp import drop, hang, reset
from tests.support.web import answer, drip_after, gush, gzip_bomb, then
from webapp.domain.envelope import (
    Accepted,
    Blame,
    Certainty,
    ConfigurationFailure,
    Failure,
    PermanentFailure,
    TemporaryFailure,
)
from webapp.domain.reason import Reason
from webapp.providers._transport import Answer
from webapp.providers.http._account import Account
from webapp.providers.http._outcome import judged

TEMPORARY, PERMANENT, CONFIGURATION = TemporaryFailure, PermanentFailure, ConfigurationFailure
ARRIVED = Certainty.MAY_HAVE_ARRIVED
SIGNED_IN = {"auth": "bearer", "secret": "Token-9"}
NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)

# the status, what was typed beside the address, the failure, its reason, whom it blames
ANSWERS = [
    (300, {}, TEMPORARY, Reason.REDIRECTED, Blame.PROVIDER),
    (301, {}, TEMPORARY, Reason.REDIRECTED, Blame.PROVIDER),
    (302, SIGNED_IN, TEMPORARY, Reason.REDIRECTED, Blame.PROVIDER),
    (304, {}, TEMPORARY, Reason.REDIRECTED, Blame.PROVIDER),
    (307, {}, TEMPORARY, Reason.REDIRECTED, Blame.PROVIDER),
    (308, {}, TEMPORARY, Reason.REDIRECTED, Blame.PROVIDER),
    (400, {}, TEMPORARY, Reason.HTTP_4XX, Blame.CONTENT),
    (401, {}, TEMPORARY, Reason.HTTP_4XX, Blame.PROVIDER),
    (401, SIGNED_IN, CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    (403, {}, TEMPORARY, Reason.HTTP_4XX, Blame.PROVIDER),
    (403, SIGNED_IN, CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    (403, {**SIGNED_IN, "give_up": "403"}, PERMANENT, Reason.HTTP_4XX, Blame.CONTENT),
    (404, {}, TEMPORARY, Reason.HTTP_4XX, Blame.PROVIDER),
    (405, {}, TEMPORARY, Reason.HTTP_4XX, Blame.PROVIDER),
    (407, SIGNED_IN, TEMPORARY, Reason.HTTP_4XX, Blame.PROVIDER),
    (408, {}, TEMPORARY, Reason.HTTP_4XX, Blame.PROVIDER),
    (409, {}, TEMPORARY, Reason.HTTP_4XX, Blame.CONTENT),
    (410, {}, PERMANENT, Reason.GONE, Blame.TARGET),
    (410, {"give_up": ""}, TEMPORARY, Reason.HTTP_4XX, Blame.CONTENT),
    (413, {}, TEMPORARY, Reason.HTTP_4XX, Blame.CONTENT),
    (418, {}, TEMPORARY, Reason.HTTP_4XX, Blame.CONTENT),
    (422, {}, TEMPORARY, Reason.HTTP_4XX, Blame.CONTENT),
    (422, {"give_up": "410, 422"}, PERMANENT, Reason.HTTP_4XX, Blame.CONTENT),
    (429, {}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    (500, {}, TEMPORARY, Reason.HTTP_5XX, Blame.PROVIDER),
    (501, {"give_up": "501"}, PERMANENT, Reason.HTTP_5XX, Blame.CONTENT),
    (502, {}, TEMPORARY, Reason.HTTP_5XX, Blame.PROVIDER),
    (503, {}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    (599, {}, TEMPORARY, Reason.HTTP_5XX, Blame.PROVIDER),
    (999, {}, TEMPORARY, Reason.HTTP_5XX, Blame.PROVIDER),
]
NO_ANSWERS = [
    (hang, Reason.TIMEOUT_AFTER_DATA),
    (drop, Reason.TIMEOUT_AFTER_DATA),
    (reset, Reason.TIMEOUT_AFTER_DATA),
    (then(HALF, hang), Reason.TIMEOUT_AFTER_DATA),
    (drip_after(HALF), Reason.TIMEOUT_AFTER_DATA),
    (then(b"\xff\xfe\x00\n", drop), Reason.TIMEOUT_AFTER_DATA),
]


@pytest.fixture
def sent(web, make_http, envelope, transcript):
    """Send one envelope to a server with this script; gives what came of it, Accepted or a failure."""

    def send(script, **typed):
        try:
            return make_http(web(script).url(), **typed).send(envelope(), transcript)
        except Failure as failure:
            return failure

    return send


@pytest.mark.parametrize("status", [200, 201, 202, 204, 205, 208, 226, 299])
def test_any_2xx_is_a_success(sent, status):
    outcome = sent(answer(status, b"" if status in (204, 205) else b"thanks"))
    assert isinstance(outcome, Accepted)
    assert outcome.reply.startswith(f"{status} ")


@pytest.mark.parametrize(
    "script",
    [
        then(b"HTTP/1.1 200 OK\r\n\r\n\xff\xfe", drop),
        then(HALF + b"\r\n", hang),
        drip_after(HALF + b"\r\n"),
        gzip_bomb(),
        gush(200),
    ],
)
def test_a_2xx_is_one_whatever_becomes_of_its_body(sent, script):
    assert isinstance(sent(script, timeout="0.5"), Accepted)


@pytest.mark.parametrize(("status", "typed", "kind", "reason", "blame"), ANSWERS)
def test_every_other_answer_leads_where_it_must(sent, status, typed, kind, reason, blame):
    outcome = sent(answer(status, b"no"), **typed)
    assert (type(outcome), outcome.reason, outcome.blame) == (kind, reason, blame)
    assert outcome.certainty is Certainty.NOT_SENT
    assert f"{status} " in outcome.reply
    assert outcome.reply.endswith("no") or status == 304


@pytest.mark.parametrize("status", [504, 524])
def test_a_gateway_s_word_that_it_heard_nothing_may_have_arrived(sent, status):
    outcome = sent(answer(status, b"no"))
    assert (type(outcome), outcome.reason, outcome.blame) == (TEMPORARY, Reason.HTTP_5XX, Blame.PROVIDER)
    assert outcome.certainty is ARRIVED


@pytest.mark.parametrize(("script", "reason"), NO_ANSWERS)
def test_no_answer_may_have_arrived(sent, script, reason):
    outcome = sent(script, timeout="0.4")
    assert (type(outcome), outcome.reason, outcome.certainty) == (TEMPORARY, reason, ARRIVED)


@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_says_where_it_points_to_and_is_not_followed(sent, web, status):
    elsewhere = web()
    outcome = sent(answer(status, Location=elsewhere.url("/there?key=Token-9")), **SIGNED_IN)
    assert f"Not followed: it points to {elsewhere.url('/there?key=•••')}." in outcome.reply
    assert not elsewhere.connections


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("Sun, 01 Mar 2026 12:31:00 GMT", 60),
        ("Sun, 01 Mar 2026 12:00:00 GMT", 0),
        ("-3", None),
        ("soon", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_to_wait_is_handed_on(sent, status, said, seconds):
    assert sent(answer(status, Retry_After=said)).retry_after == seconds


@pytest.mark.parametrize("status", [301, 404, 500])
def test_others_have_no_say_in_that(sent, status):
    assert sent(answer(status, Retry_After="7")).retry_after is None


def _failure(status: int, *, headers: Mapping[str, str] | None = None, **typed: str) -> Failure:
    with pytest.raises(Failure) as caught:
        judged(Answer(status, headers or {}, b"", "Its own words"), Account.of(typed), NOW)
    return caught.value


@pytest.mark.parametrize(
    ("status", "typed", "words"),
    [
        (302, {}, "Not followed: it points to nowhere.\nIts own words"),
        (401, SIGNED_IN, "Its own words"),
        (404, {}, "Its own words"),
        (410, {}, "Its own words"),
        (422, {"give_up": "422"}, "Its own words"),
        (503, {}, "Its own words"),
    ],
)
def test_the_far_side_s_words_are_kept_whatever_follows(status, typed, words):
    assert _failure(status, **typed).reply == words


def test_where_a_redirect_points_to_is_told_up_to_500_letters():
    said = "https://example.com/?key=Token-9&" + "x" * 1000
    pointed_to = said.replace("Token-9", "•••")[:500]
    assert _failure(301, headers={"location": said}, **SIGNED_IN).reply == (
        f"Not followed: it points to {pointed_to}.\nIts own words"
    )


def test_a_status_to_give_up_on_is_final_before_anything_else_is_asked():
    given_up = _failure(401, give_up="401", **SIGNED_IN)
    assert (type(given_up), given_up.reason) == (PERMANENT, Reason.HTTP_4XX)
    for status, reason in ((499, Reason.HTTP_4XX), (500, Reason.HTTP_5XX)):
        assert _failure(status, give_up=str(status)).reason is reason


def test_a_wait_is_counted_from_now():
    assert _failure(503, headers={"retry-after": "Sun, 01 Mar 2026 12:31:00 GMT"}).retry_after == 60


def test_a_yes_keeps_its_words():
    assert judged(Answer(200, {}, b"", "200 OK"), Account.of({}), NOW).reply == "200 OK"
