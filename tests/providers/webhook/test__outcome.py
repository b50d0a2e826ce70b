"""What each answer of an endpoint leads to, spoken by a real server: all but 410 is tried again."""

import socket
import time

import pytest

from tests.support.asking import HALF
from tests.support.smtp import drop, hang, reset
from tests.support.web import answer, drip_after, gzip_bomb, stall, then
from webapp.domain.envelope import Accepted, Blame, Certainty, Failure, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason

NOT_SENT, ARRIVED = Certainty.NOT_SENT, Certainty.MAY_HAVE_ARRIVED
STATUSES = [
    *((status, Reason.REDIRECTED) for status in (300, 301, 302, 303, 304, 307, 308)),
    *((status, Reason.HTTP_4XX) for status in (400, 401, 403, 404, 405, 407, 408, 409, 413, 418, 421, 422, 451)),
    *((status, Reason.SERVER_BUSY) for status in (429, 503)),
    *((status, Reason.HTTP_5XX) for status in (500, 501, 502, 599, 999)),
]


@pytest.fixture
def sent(web, make_webhook, event_envelope, transcript):
    """Send one event to a server with this script; gives what came of it, Accepted or a failure."""

    def send(script=200, *, served=None, **typed):
        try:
            return make_webhook(web(script, **(served or {})).url(), **typed).send(event_envelope(), transcript)
        except Failure as failure:
            return failure

    return send


@pytest.mark.parametrize("status", [200, 201, 202, 203, 204, 205, 206, 226, 299])
def test_any_2xx_is_a_success(sent, status):
    outcome = sent(answer(status, b"" if status in (204, 205) else b"thanks"))
    assert isinstance(outcome, Accepted)
    assert outcome.reply.startswith(f"{status} ")


@pytest.mark.parametrize("status", [200, 202])
def test_a_2xx_needs_no_body_and_is_one_whatever_becomes_of_it(sent, status):
    assert isinstance(sent(answer(status)), Accepted)
    assert isinstance(sent(then(b"HTTP/1.1 %d OK\r\nContent-Length: 9\r\n\r\nx" % status, drop)), Accepted)
    assert isinstance(sent(gzip_bomb()), Accepted)


@pytest.mark.parametrize(("status", "reason"), STATUSES)
@pytest.mark.parametrize("typed", [{}, {"auth": "bearer", "secret": "Token-9"}], ids=["signed", "signed in"])
def test_every_other_answer_is_tried_again_and_speaks_of_the_endpoint(sent, status, reason, typed):
    outcome = sent(answer(status, b"no"), **typed)
    assert (type(outcome), outcome.reason, outcome.blame) == (TemporaryFailure, reason, Blame.TARGET)
    assert outcome.certainty is NOT_SENT
    assert f"{status} " in outcome.reply


@pytest.mark.parametrize("status", [504, 524])
def test_a_gateway_s_word_that_it_heard_nothing_may_have_arrived(sent, status):
    outcome = sent(answer(status, b"no"))
    assert (type(outcome), outcome.reason, outcome.blame) == (TemporaryFailure, Reason.HTTP_5XX, Blame.TARGET)
    assert outcome.certainty is ARRIVED


def test_410_alone_ends_it(sent):
    outcome = sent(answer(410, b"moved away"))
    assert (type(outcome), outcome.reason, outcome.blame) == (PermanentFailure, Reason.GONE, Blame.TARGET)
    assert outcome.reply.endswith("moved away")


@pytest.mark.parametrize(
    ("script", "reason", "certainty"),
    [
        (hang, Reason.TIMEOUT_AFTER_DATA, ARRIVED),
        (drop, Reason.TIMEOUT_AFTER_DATA, ARRIVED),
        (reset, Reason.TIMEOUT_AFTER_DATA, ARRIVED),
        (then(HALF, hang), Reason.TIMEOUT_AFTER_DATA, ARRIVED),
        (drip_after(HALF), Reason.TIMEOUT_AFTER_DATA, ARRIVED),
        (then(b"\xff\xfe\x00\n", drop), Reason.TIMEOUT_AFTER_DATA, ARRIVED),
    ],
)
def test_no_answer_may_have_arrived(sent, script, reason, certainty):
    outcome = sent(script, timeout="0.4")
    assert (type(outcome), outcome.reason, outcome.certainty) == (TemporaryFailure, reason, certainty)
    assert outcome.blame is Blame.TARGET


def test_what_was_not_taken_whole_has_not_arrived(web, make_webhook, event_envelope, transcript):
    server, long = web(on_headers=stall), event_envelope(text='{"body":"' + "x" * (1 << 24) + '"}')
    with pytest.raises(TemporaryFailure) as caught:
        make_webhook(server.url(), timeout="0.5").send(long, transcript)
    assert (caught.value.reason, caught.value.certainty) == (Reason.TIMEOUT_BEFORE_DATA, NOT_SENT)


def test_where_nobody_listens_or_no_name_leads_it_is_tried_again(make_webhook, event_envelope, transcript):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        silent = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        places = {silent: Reason.CONNECT_REFUSED, "https://no.invalid/": Reason.DNS}
        for url, reason in places.items():
            with pytest.raises(TemporaryFailure) as caught:
                make_webhook(url, timeout="25").send(event_envelope(), transcript)
            told = caught.value.reason, caught.value.blame, caught.value.certainty
            assert told == (reason, Blame.TARGET, NOT_SENT)


def test_a_certificate_that_is_not_trusted_is_tried_again(sent, make_certificate):
    own = make_certificate()
    pem = own.file.read_text().partition("-----BEGIN PRIVATE KEY")[0]
    outcome = sent(served={"tls": own.context})
    assert (type(outcome), outcome.reason, outcome.blame) == (TemporaryFailure, Reason.TLS, Blame.TARGET)
    assert isinstance(sent(served={"tls": own.context}, ca=pem), Accepted)


def test_a_redirect_says_where_it_points_to_and_is_not_followed(sent, web):
    elsewhere = web()
    outcome = sent(answer(307, Location=elsewhere.url("/?key=Token-9")), auth="bearer", secret="Token-9")
    assert f"Not followed: it points to {elsewhere.url('/?key=•••')}." in outcome.reply
    assert not elsewhere.connections


@pytest.mark.parametrize(("said", "seconds"), [("7", 7), ("Sun, 01 Mar 2026 12:31:00 GMT", 60), ("soon", None)])
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_to_wait_is_handed_on(sent, status, said, seconds):
    assert sent(answer(status, Retry_After=said)).retry_after == seconds


@pytest.mark.parametrize("status", [301, 404, 500])
def test_others_have_no_say_in_that(sent, status):
    assert sent(answer(status, Retry_After="7")).retry_after is None


def test_a_slow_one_is_given_up_in_time(sent):
    begun = time.monotonic()
    assert sent(hang, timeout="0.3").reason is Reason.TIMEOUT_AFTER_DATA
    assert time.monotonic() - begun < 3
