"""One exchange by HTTP, over real sockets: what goes out, what comes back, and how much of it is read."""

import time
import weakref

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
    "after which it closes, among others": (
        b"HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 0\r\n\r\n", 200, b"", False),
    "of the version before": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", False),
    "of the version before, which listens on": (
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", True),
    "without words": (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, b"", True),
    "with a status that nobody knows": (b"HTTP/1.1 799 Well\r\nContent-Length: 0\r\n\r\n", 799, b"", True),
    "after an empty line": (b"\r\nHTTP/1.1 204 No\r\n\r\n", 204, b"", True),
    "that has no body, whatever it says": (b"HTTP/1.1 304 Old\r\nContent-Length: 5\r\n\r\n", 304, b"", True),
    "that has no chunks": (b"HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", 204, b"", True),
    "after an interim one of the version before": (
        b"HTTP/1.0 100 Go on\r\nConnection: close\r\n\r\nHTTP/1.1 204 No\r\n\r\n", 204, b"", True),
    "in chunks with spaces behind their size": (CHUNKED + b"3  \r\nabc\r\n0\r\n\r\n", 200, b"abc", True),
    "in chunks whose coding is not the only one": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 200, b"x", True),
    "in chunks although it has a length": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 200, b"x",
        True),
    "with headers as odd as they come": (
        b"HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nX-Bell: \x07\0\xff\r\nX-Empty:\r\nContent-Length:  2 \r\n\r\nok", 200,
        b"ok", True),
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(("raw_answer", "status", "body", "reusable"), WHOLE.values(), ids=WHOLE)
def test_an_answer_is_over_with_its_last_byte_in_whatever_pieces_it_comes(raw_answer, status, body, reusable, size):
    reading = Reading()
    over = [reading.take(raw_answer[at : at + size]) for at in range(0, len(raw_answer), size)]
    assert over == [False] * (len(over) - 1) + [True]
    assert (reading.head.status, reading.body, reading.reusable) == (status, body, reusable)


def test_headers_are_told_by_their_names_and_the_last_of_a_name_counts():
    reading = Reading()
    assert reading.take(
        b"HTTP/1.1 103 Hints\r\nX-Interim: 1\r\n\r\nHTTP/1.1 404  N\xc3\xb6 \r\nX-TWICE: a\r\nx-twice: b\r\n"
        b"X-Empty:\r\nX-Folded: a\r\n b \r\nX-Odd: \xfc\xc3\xbc\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\nX-Trailer: 1\r\n\r\n"
    )
    assert reading.head.words == "404  Nö"
    assert reading.head.headers == {
        "x-twice": "b", "x-empty": "", "x-folded": "a b", "x-odd": "\ufffdü", "transfer-encoding": "chunked",
    }  # fmt: skip


# what ends with the connection alone, or makes no sense from its headers on: then what is kept of its body
ENDLESS = {
    "no length": (b"HTTP/1.1 200 OK\r\n\r\nok", b"ok"),
    "no length, and no body": (b"HTTP/1.1 200 OK\r\n\r\n", b""),
    "a coding of its own": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nok", b"ok"),
    "too short": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", b"ok"),
    "half a chunk": (CHUNKED + b"3\r\nok", b"ok"),
    "no last chunk": (CHUNKED + b"2\r\nok\r\n", b"ok"),
    "half of the trailers": (CHUNKED + b"2\r\nok\r\n0\r\nX-A: b\r\n", b"ok"),
}


@pytest.mark.parametrize(("said", "body"), ENDLESS.values(), ids=ENDLESS)
def test_where_nothing_says_that_it_was_all_the_end_of_the_connection_does(said, body):
    reading = Reading()
    assert not reading.take(said)
    assert reading.take(b"")
    assert (reading.head.status, reading.body, reading.reusable) == (200, body, False)


# what is more than an answer, or no sense from its headers on: then what is kept of its body
SURPLUS = {
    "a byte": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!", b"ok"),
    "a byte after it closes": (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok!", b"ok"),
    "another answer": (CHUNKED + b"0\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", b""),
    "another interim answer": (CHUNKED + b"0\r\n\r\nHTTP/1.1 100 Go on\r\n\r\n", b""),
    "the body of what has none": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nok", b""),
    "a chunk of no size": (CHUNKED + b"2\r\nok\r\nzz\r\n", b"ok"),
    "a chunk of any size": (CHUNKED + b"2\r\nok\r\nfffffffffffffffff\r\nx", b"ok"),
    "a chunk longer than it says": (CHUNKED + b"2\r\nok!\r\n0\r\n\r\n", b"ok"),
    "chunks in lines that end by LF alone": (CHUNKED + b"2\nok\n0\n\n", b""),
    "trailers that are none": (CHUNKED + b"2\r\nok\r\n0\r\nHTTP/1.1 500 no: trailer\r\n\r\n", b"ok"),
}


@pytest.mark.parametrize(("said", "body"), SURPLUS.values(), ids=SURPLUS)
def test_where_more_was_said_than_an_answer_the_connection_is_not_used_again(said, body):
    reading = Reading()
    assert reading.take(said)
    assert (reading.head.status, reading.body, reading.reusable) == (200, body, False)


def test_an_empty_line_behind_an_answer_is_nothing():
    reading = Reading()
    assert reading.take(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n")
    assert (reading.body, reading.reusable) == (b"ok", True)


OK = b"HTTP/1.1 200 OK\r\n"
NO_HTTP = {
    "another protocol": b"SSH-2.0-x",
    "small letters": b"http/1.1 200 OK\r\n\r\n",
    "a version that there is not": b"HTTP/1.2 200 OK\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "a longer status": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a header without a colon": OK + b"X\r\n\r\n",
    "a header without a name": OK + b": x\r\n\r\n",
    "a name with a space": OK + b"X : y\r\n\r\n",
    "lines that end by CR alone": b"HTTP/1.1 200 OK\rContent-Length: 0\r\r",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
    "a list of lengths": OK + b"Content-Length: 2, 2\r\n\r\nok",
    "a length that is none": OK + b"Content-Length: -2\r\n\r\nok",
    "a length beyond counting": OK + b"Content-Length: 99999999999999999999\r\n\r\nok",
    "another protocol from here on": b"HTTP/1.1 101 Well\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    "another protocol that has no name": b"HTTP/1.1 101 Well\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "headers without an end": OK + b"X: y\r\n" * 7000,
    "a header without an end": OK + b"X: " + b"y" * 40_000,
    "interim answers without an end": b"HTTP/1.1 100 Go on\r\n\r\n" * 2000,
}


@pytest.mark.parametrize("size", [1, 1000, 100_000])
@pytest.mark.parametrize("said", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_not_http_is_not_read_on(said, size):
    """Least of all what would leave open where the answer ends."""
    reading = Reading()
    with pytest.raises(ValueError, match="not HTTP"):
        any(reading.take(said[at : at + size]) for at in range(0, len(said), size))
    assert reading.head is None


@pytest.mark.parametrize(
    "said", [b"", b"HTTP", OK, OK + b"Content-Length: 0\r\n", b"HTTP/1.1 100 Go on\r\n\r\n", b"HTTP/1.1 099 x\r\n\r\n"]
)
def test_where_the_connection_ends_amid_the_headers_there_is_no_answer(said):
    reading = Reading()
    assert not (said and reading.take(said))
    with pytest.raises(EOFError):
        reading.take(b"")


@pytest.mark.parametrize("around", [b"1;%s\r\nx\r\n" % (b"x" * 200), b"1\r\nx\r\n"])
def test_what_stands_around_the_chunks_has_an_end(around):
    reading, taken = Reading(), len(CHUNKED)
    assert not reading.take(CHUNKED)
    while not reading.take(around):
        taken += len(around)
    assert taken < 128 * 1024
    assert (reading.head.status, set(reading.body), reading.reusable) == (200, set(b"x"), False)


def test_trailers_have_an_end():
    reading = Reading()
    assert not reading.take(CHUNKED + b"0\r\n")
    assert any(reading.take(b"X-A: b\r\n") for _ in range(20_000))
    assert (reading.head.status, reading.reusable) == (200, False)


@pytest.mark.parametrize(("length", "reusable"), [(65_535, True), (65_536, True), (70_000, False)])
def test_a_body_as_long_as_is_kept_is_read_to_its_end(length, reusable):
    reading, left = Reading(), b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length
    while not reading.take(left[:1000]):
        left = left[1000:]
    assert (len(reading.body), reading.reusable) == (min(length, 65_536), reusable)


def test_a_reading_that_is_over_waits_for_no_garbage_collection():
    reading = Reading()
    reading.take(OK + b"Content-Length: 0\r\n\r\n")
    gone = weakref.ref(reading)
    del reading
    assert gone() is None


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
