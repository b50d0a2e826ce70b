"""One exchange by HTTP, over real sockets: what goes out, what comes back, and how much of it is read."""

import time

import pytest

from tests.support.asking import HALF, LOOPBACK, ask, names
from tests.support.smtp import drop, hang, raw, reset
from tests.support.web import answer, drip_after, gush, gzip_bomb, then
from webapp.providers._transport import Request, Transport


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
