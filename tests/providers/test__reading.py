"""What comes back by HTTP, in whatever pieces: where an answer ends, what is kept of it, and what is none."""

import weakref

import pytest

from webapp.providers._reading import Reading

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


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
