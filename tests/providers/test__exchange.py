"""One exchange by HTTP, over real sockets: what goes out, what comes back, and how much of it is read."""

import time

import pytest

from tests.support.asking import HALF, LOOPBACK, ask, names
from tests.support.smtp import drop, hang, raw, reset
from tests.support.web import answer, drip_after, gush, gzip_bomb, stall, then
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


# what would be another request than it says, and of what it is told
NOT_ASKED = {
    **{f"a value {value!r}": ({"headers": {"X-Name": value}}, "end of a line") for value in
       ("a\r\nb: c", "a\nb", "a\rb", "a\0b", "\r\n", "a\r\n\r\nGET / HTTP/1.1")},
    **{f"a name {name!r}": ({"headers": {name: "x"}}, "what it should be") for name in
       ("X-A: b\r\nX-B", "X-A\n", "X-A\0", "X-A:", "X A", " X-A", "X-A ", "", "Größe", "X(A)")},
    **{f"{name} of the caller's own": ({"headers": {name: "1"}}, "what it should be") for name in
       ("Host", "HOST", "Content-Length", "content-length", "Transfer-Encoding")},
    **{f"a method {method!r}": ({"method": method}, "what it should be") for method in
       ("", "PO ST", "POST / HTTP/1.1\r\nX:", "POST\n")},
    "half a letter": ({"headers": {"X-Name": "\ud800"}}, "surrogates"),
}  # fmt: skip


@pytest.mark.parametrize(("different", "told"), NOT_ASKED.values(), ids=NOT_ASKED)
def test_what_would_be_another_request_does_not_leave(web, transport, different, told):
    server = web()
    ask(transport, server.url())
    for _ in range(2):  # on a kept connection, and on a new one
        with pytest.raises(ValueError, match=told):
            ask(transport, server.url(), **different)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "sign", ["\r\nGET /x HTTP/1.1\r\n\r\n", "\n", "\r", "\t", "\0", " ", "ü", "\x7f", "\x85", "\u2028"]
)
def test_an_address_holds_nothing_but_ascii_that_can_be_seen(sign):
    """Whoever has one asked looks at it before (``problem_in_url``): this holds even if nobody did."""
    for url in (
        f"https://a.example/x{sign}",
        f"https://a.example/?x={sign}",
        f"https://a.example{sign}/",
        f"{sign}https://a.example/",
    ):
        with pytest.raises(ValueError, match="what it should be"):
            Request("POST", url).written()


# an address; then what is asked for there, and of whom
ASKED = [
    ("https://a.example", "/", "a.example"),
    ("https://a.example/", "/", "a.example"),
    ("https://a.example?b=c", "/?b=c", "a.example"),
    ("https://a.example/b?", "/b", "a.example"),
    ("https://a.example/b%20c%0d%0a?d=%C3%BC&e=f+g", "/b%20c%0d%0a?d=%C3%BC&e=f+g", "a.example"),
    ("https://a.example/b;c=d/[e]:@!$&'()*+,=~-._?f=/?[]", "/b;c=d/[e]:@!$&'()*+,=~-._?f=/?[]", "a.example"),
    ("https://a.example//b/../c/./d", "//b/../c/./d", "a.example"),
    ("https://a.example?b=http://c.example/", "/?b=http://c.example/", "a.example"),
    ("HTTPS://A.Example/B", "/B", "a.example"),
    ("https://a.example./", "/", "a.example."),
    ("https://a.example:443/", "/", "a.example"),
    ("http://a.example:80/", "/", "a.example"),
    ("https://a.example:80/", "/", "a.example:80"),
    ("http://a.example:443/", "/", "a.example:443"),
    ("http://a.example:8080/", "/", "a.example:8080"),
    ("https://a.example:/", "/", "a.example"),
    ("https://[2001:DB8::1]/", "/", "[2001:db8::1]"),
    ("https://[2001:db8::1]:8443/b", "/b", "[2001:db8::1]:8443"),
    ("http://127.0.0.1:8080/b", "/b", "127.0.0.1:8080"),
    # None of these gets past ``problem_in_url``; if one did, nothing of what is nobody's business would leave.
    ("https://a.example/b#c", "/b", "a.example"),
    ("https://emil:secret@a.example/b", "/b", "a.example"),
]


@pytest.mark.parametrize(("url", "target", "host"), ASKED, ids=[url for url, *_ in ASKED])
def test_what_is_asked_for_and_of_whom(url, target, host):
    written = Request("POST", url, body=b"x").written()
    usual = "User-Agent: Belfry\r\nAccept: */*\r\nContent-Length: 1\r\n\r\nx"
    assert written.decode() == f"POST {target} HTTP/1.1\r\nHost: {host}\r\n{usual}"


# a method, headers, a body; then the lines after the usual ones, and the body
WRITTEN = {
    "nothing to read": ("GET", {}, b"", ["User-Agent: Belfry", "Accept: */*"]),
    "nothing to delete with": ("DELETE", {}, b"", ["User-Agent: Belfry", "Accept: */*"]),
    "an empty body": ("POST", {}, b"", ["User-Agent: Belfry", "Accept: */*", "Content-Length: 0"]),
    "a body where there is seldom one": ("GET", {}, b"xy", ["User-Agent: Belfry", "Accept: */*", "Content-Length: 2"]),
    "what says more": ("PUT", {"user-agent": "SDK", "ACCEPT": "a/b"}, b"x",
                       ["user-agent: SDK", "ACCEPT: a/b", "Content-Length: 1"]),
    "beyond ASCII": ("DELETE", {"X-A": "größer €", "X-Empty": ""}, b"",
                     ["User-Agent: Belfry", "Accept: */*", "X-A: größer €", "X-Empty: "]),
    "looks like a request": ("POST", {}, b"GET / HTTP/1.1\r\n\r\n",
                             ["User-Agent: Belfry", "Accept: */*", "Content-Length: 18"]),
}  # fmt: skip


@pytest.mark.parametrize(("method", "headers", "body", "lines"), WRITTEN.values(), ids=WRITTEN)
def test_how_a_request_is_written(method, headers, body, lines):
    """Beyond ASCII: in UTF-8."""
    head = "\r\n".join([f"{method} /b HTTP/1.1", "Host: a.example", *lines, "", ""])
    assert Request(method, "https://a.example/b", headers, body).written() == head.encode() + body


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


def test_what_was_answered_before_the_request_had_left_whole_counts(web, transport):
    refusing = then(answer(413, b"too large"), stall)
    got = ask(transport, web(on_headers=refusing).url(), body=b"x" * (1 << 24))
    assert (got.status, got.body) == (413, b"too large")


@pytest.mark.parametrize("afterwards", [drop, reset])
def test_who_refuses_a_request_and_hangs_up_before_it_has_left_is_heard(web, transport, afterwards):
    server = web(on_headers=then(answer(413, b"too large"), afterwards))
    for _ in range(3):
        got = ask(transport, server.url(), body=b"x" * (1 << 24))
        assert (got.status, got.body) == (413, b"too large")


def test_a_connection_that_the_far_side_says_it_closes_is_made_anew(web, transport):
    server = web([answer(200, b"ok", Connection="close"), 200])
    assert [ask(transport, server.url()).status for _ in range(2)] == [200, 200]
    assert server.connections == 2
