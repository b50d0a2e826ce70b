"""One exchange by HTTP, over real sockets: what goes out, what comes back, and how much of it is read."""

import time

import pytest

from tests.support.asking import HALF, LOOPBACK, ask, names
from tests.support.smtp import drop, hang, raw, reset
from tests.support.web import answer, drip_after, gush, gzip_bomb, stall, then
from webapp.providers._exchange import Reading
from webapp.providers._transport import Request, Transport

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_request_goes_out_as_it_is_and_the_answer_comes_back(web, transport, transcript):
    server = web(answer(202, "größer".encode(), Retry_After="7", X_Twice="1"))
    got = ask(transport, server.url("/a/b?c=d"), transcript, headers={"Content-Type": "text/plain", "X-Empty": ""})
    (asked,) = server.requests
    assert (asked.method, asked.path, asked.body) == ("POST", "/a/b?c=d", b'{"a":1}')
    assert asked.headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": "Belfry",
        "accept": "*/*",
        "content-type": "text/plain",
        "x-empty": "",
        "content-length": "7",
    }
    assert (got.status, got.body, got.words) == (202, "größer".encode(), "202 Accepted\ngrößer")
    assert got.headers == {"content-length": "8", "retry-after": "7", "x-twice": "1"}
    assert names(transcript) == ["look-up", "connect", "request", "answer"]
    assert transcript.reached == "answer"
    assert [phase.words for phase in transcript.phases] == [
        "127.0.0.1: allowed",
        f"127.0.0.1, port {server.port}",
        f"POST {server.url('/a/b')}, 7 bytes",
        "202 Accepted\ngrößer",
    ]


@pytest.mark.parametrize(("method", "body"), [("GET", b""), ("DELETE", b""), ("POST", b""), ("PUT", b"x")])
def test_other_methods_take_turns_on_one_line(web, transport, method, body):
    server = web()
    for each in (("POST", b"before"), (method, body), ("POST", b"after")):
        ask(transport, server.url(), method=each[0], body=each[1])
    assert [(asked.method, asked.body) for asked in server.requests] == [
        ("POST", b"before"),
        (method, body),
        ("POST", b"after"),
    ]
    assert server.connections == 1


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\rb", "a\0b"])
def test_a_header_cannot_begin_another(web, transport, value):
    server = web()
    with pytest.raises(ValueError, match="end of a line"):
        ask(transport, server.url(), headers={"X-Name": value})
    assert not server.requests


@pytest.mark.parametrize("interim", ["100 Continue", "103 Early Hints"])
def test_an_interim_answer_is_not_the_answer(web, transport, interim):
    server = web(on_headers=raw(f"HTTP/1.1 {interim}\r\nX-Interim: 1\r\n\r\n".encode()), script=answer(201, b"done"))
    got = ask(transport, server.url())
    assert (got.status, got.body, "x-interim" in got.headers) == (201, b"done", False)


@pytest.mark.parametrize(
    "script",
    [
        then(answer(200), drop),
        then(HALF + b"\r\nok", drop),
        then(HALF + b"\r\nok", reset),
        then(HALF + b"\r\nok", hang),
        drip_after(HALF + b"\r\n"),
        drip_after(b"HTTP/1.1 200 OK\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHTTP/1.1 500 no: trailer\r\n\r\n"),
        answer(200, b"\xff\xfe\x00 broken"),
        gzip_bomb(),
        gush(),
    ],
)
def test_from_its_last_header_on_an_answer_counts_whatever_becomes_of_its_body(web, transport, script):
    begun = time.monotonic()
    got = ask(transport, web(script).url(), timeout=0.5)
    assert got.status == 200
    assert len(got.body) <= 64 * 1024
    assert len(got.words) <= 4096
    assert time.monotonic() - begun < 2
    assert not set(got.words) & set("\x00\x1f\x7f")


def test_the_body_is_read_up_to_64_kb_and_shown_up_to_4_kb(web, transport):
    got = ask(transport, web(gush(404)).url())
    assert (got.status, len(got.body), len(got.words)) == (404, 64 * 1024, 4096)


def test_secrets_are_masked_in_what_is_shown(web, transcript):
    transport = Transport(LOOPBACK, mask=lambda words: words.replace("Secret-9", "•••"))
    got = ask(transport, web(answer(200, b"you said Secret-9")).url(), transcript, headers={"X-Key": "Secret-9"})
    assert got.words == "200 OK\nyou said •••"
    shown = [repr(got), *(phase.words for phase in transcript.phases)]
    shown.append(repr(Request("POST", "https://a.example", {"X-Key": "Secret-9"}, b"Secret-9")))
    assert not any("Secret-9" in words for words in shown)


# whole answers; then their status, body, and whether their connection can be used again
WHOLE = {
    "with a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", True),
    "empty": (b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n", 202, b"", True),
    "that has no body": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    "in chunks": (CHUNKED + b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", 200, b"abc0123456789", True),
    "in chunks, with trailers": (CHUNKED + b"1\r\nx\r\n0\r\nX-A: b\r\nX-C: d\r\n\r\n", 200, b"x", True),
    "in lines that end by LF alone": (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, b"ok", True),
    "after interim ones": (b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 204 No\r\n\r\n", 204,
                           b"", True),
    "after which it closes": (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", 200, b"", False),
    "of the version before": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", False),
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(("raw_answer", "status", "body", "reusable"), WHOLE.values(), ids=WHOLE)
def test_an_answer_is_over_with_its_last_byte_in_whatever_pieces_it_comes(raw_answer, status, body, reusable, size):
    reading = Reading()
    over = [reading.take(raw_answer[at : at + size]) for at in range(0, len(raw_answer), size)]
    assert over == [False] * (len(over) - 1) + [True]
    assert (reading.head.status, reading.body, reading.reusable) == (status, body, reusable)


@pytest.mark.parametrize(
    "surplus", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!", CHUNKED + b"0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"]
)
def test_a_connection_on_which_more_was_said_than_asked_for_is_not_used_again(surplus):
    reading = Reading()
    assert reading.take(surplus)
    assert (reading.head.status, reading.reusable) == (200, False)


@pytest.mark.parametrize("said", [b"SSH-2.0-x", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 7000])
def test_what_is_not_http_is_not_read_on(said):
    with pytest.raises(ValueError, match="not HTTP"):
        Reading().take(said)


def test_what_was_answered_before_the_request_had_left_whole_counts(web, transport):
    refusing = then(answer(413, b"too large"), stall)
    got = ask(transport, web(on_headers=refusing).url(), body=b"x" * (1 << 24))
    assert (got.status, got.body) == (413, b"too large")


def test_a_connection_that_the_far_side_says_it_closes_is_made_anew(web, transport):
    server = web([answer(200, b"ok", Connection="close"), 200])
    assert [ask(transport, server.url()).status for _ in range(2)] == [200, 200]
    assert server.connections == 2
