"""Whatever comes in over the wire is answered with a problem and a code, and never breaks anything."""

import json
import socket
from contextlib import suppress

import pytest

from tests.support.programs import API
from tests.support.server import DIRECT
from webapp.domain.scope import Scope

JSON = "application/json"
# A JSON operation with a body; it stands for all: they have one parser.
TARGET = ("POST", f"{API}/inbox/readings")

DEEP = 100_000
THREADS = 2
ANSWERS_WITHIN = 30.0
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "half an object": b'{"ids": [',
    "half a string": b'{"ids": ["01',
    "half a character": b'{"ids": ["\xe2\x82"]}',
    "lists in lists": b"[" * DEEP,
    "lists in lists, closed": b"[" * DEEP + b"]" * DEEP,
    "objects in objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep below a known field": b'{"ids":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep below an unknown field": b'{"x":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "half a pair of surrogates": b'{"ids": ["\\ud800"]}',
    "the other half": b'{"ids": ["\\udc00\\ud800"]}',
    "surrogates in a name": b'{"\\ud800": 1}',
    "surrogates as bytes": b'{"ids": ["\xed\xa0\x80"]}',
    "NaN": b'{"ids": NaN}',
    "Infinity": b'{"ids": -Infinity}',
    "a float that is infinite": b'{"ids": 1e400}',
    "5,000 digits": b'{"ids": ' + b"9" * 5000 + b"}",
    "5,000 digits below zero": b'{"ids": -' + b"9" * 5000 + b"}",
    "an exponent of 5,000 digits": b'{"ids": 1e' + b"9" * 5000 + b"}",
    "a name that comes twice": b'{"ids": [], "ids": []}',
    "a list": b"[]",
    "a word": b'"readings"',
    "a number": b"0",
    "null": b"null",
    "true": b"true",
    "wrong types": b'{"ids": {"a": [null, 1.5, true]}, "showing": 7}',
    "null in a list": b'{"ids": [null]}',
    "NUL in a string": b'{"ids": ["\\u0000"]}',
    "NUL as a byte": b'{"ids": ["\x00"]}',
    "UTF-16": '{"ids": []}'.encode("utf-16"),
    "UTF-32": '{"ids": []}'.encode("utf-32-le"),
    "a byte order mark": b'\xef\xbb\xbf{"ids": []}',
    "Latin-1": '{"ids": ["é"]}'.encode("latin-1"),
    "random bytes": bytes(range(256)),
    "two documents": b"{} {}",
    "a trailing comma": b'{"ids": [],}',
    "single quotes": b"{'ids': []}",
    "a comment": b"{/* */}",
    "a form": b"ids=1&ids=2",
    "an empty name": b'{"": {"": ""}}',
    "a prototype": b'{"__proto__": {"ids": []}, "constructor": 1}',
    "very long": b'{"ids": ["' + b"x" * 500_000 + b'"]}',
}
TYPES = [
    "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
    "application/xml", "application/json; charset=utf-16", "application/json; charset=nonsense", "json", "*/*",
    "application/json; charset", "application/vnd.api+json", "application/json, text/html", "a/b; c=\"", "\xff/\xfe",
    "application/" + "x" * 5000,
]  # fmt: skip
PATHS = [
    "/%", "/%zz", "/inbox/%", "/inbox/%ff%fe", "/inbox/%00", "/inbox/%2e%2e%2f", "/inbox/../../profile", "//",
    "/inbox/%ed%a0%80", "/inbox/" + "x" * 5000, "/inbox/%F0%9F%94%94", "/inbox/\xff", "/channels/'; DROP TABLE--",
    "/channels/%0d%0aSet-Cookie:%20a=b", "/deliveries/-1", "/inbox;a=b/count", "/INBOX", "/inbox/count/", "/inbox//",
]  # fmt: skip
QUERIES = [
    "%", "%zz=%zz", "limit=%00", "limit=%ff", "limit=NaN", "limit=" + "9" * 5000, "limit=-1", "limit=1&limit=2",
    "limit=1e3", "limit=%EF%BC%91", "after=%00", "after=%ed%a0%80", "after=" + "x" * 5000, "after=%0d%0aX:1", "&&&=&=",
    "x=" * 500, "limit=1;after=2", "read=maybe", "channel=%00", "channel=%ff", "a" * 3000, "limit=١",
]  # fmt: skip


@pytest.fixture
def token(program_of) -> str:
    return program_of("ada", role="admin").token


def is_told(status: int, kind: str, body: bytes) -> bool:
    """Whether it is a problem with a code, or a success."""
    if status < 400:
        return True
    told = json.loads(body)
    return kind == "application/problem+json" and told["status"] == status < 500 and bool(told["code"])


def ask(app, token, path, *, method="GET", **more):
    headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
    answer = app.test_client().open(path, method=method, headers=headers, **more)
    return answer.status_code, answer.mimetype, answer.get_data()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_bodies(body, app, token):
    method, path = TARGET
    status, kind, told = ask(app, token, path, method=method, data=body, content_type=JSON)
    assert is_told(status, kind, told), told
    assert status in {400, 422}, told


def test_types_of_content(app, token):
    method, path = TARGET
    for kind in TYPES:
        status, mimetype, told = ask(app, token, path, method=method, data=b"{}", content_type=kind)
        assert is_told(status, mimetype, told), (kind, told)


def test_paths(app, token):
    for path in PATHS:
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "NONSENSE"):
            status, kind, told = ask(app, token, API + path, method=method)
            assert is_told(status, kind, told) or status == 308, (method, path, status, told)


def test_queries(app, token):
    for query in QUERIES:
        for path in ("/inbox", "/channels", "/deliveries"):
            status, kind, told = ask(app, token, API + path, query_string=query)
            assert is_told(status, kind, told), (path, query, status, told)


@pytest.mark.parametrize(
    "value",
    [
        "Bearer", "Bearer ", "bearer bel_x", "Basic YTpi", "Bearer bel_" + "x" * 5000, "Bearer bel_\xff",
        "Token x", "Bearer\tbel_x", ", ,", "Bearer bel_x, Bearer bel_y",
    ],
)  # fmt: skip
def test_headers_that_are_no_token(value, app):
    answer = app.test_client().get(f"{API}/channels", headers={"Authorization": value})
    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


def test_a_body_that_is_too_large_is_refused_by_its_name(app, token):
    method, path = TARGET
    status, _, told = ask(app, token, path, method=method, data=b" " * (1024 * 1024 + 1), content_type=JSON)
    assert (status, json.loads(told)["code"]) == (413, "too_large")


def test_a_body_where_none_is_asked_for_is_left_alone(app, token):
    for body in BODIES.values():
        status, kind, told = ask(app, token, f"{API}/channels", data=body, content_type=JSON)
        assert is_told(status, kind, told)


# --- over a real socket -----------------------------------------------------------------------------------------------


@pytest.fixture
def wire(serve, belfry) -> "Wire":
    """A server with two threads: whoever holds one for ever would soon hold both."""
    server = serve(WEB_THREADS=str(THREADS))
    belfry("users", "add", "ada", "--display-name", "Ada", "--role", "admin")
    scopes = [word for scope in (Scope.INBOX_WRITE, Scope.CHANNELS_READ) for word in ("--scope", scope.value)]
    made = belfry("tokens", "make", "ada", "--name", "wire", *scopes)
    return Wire(server.port, made["token"], server.url)


class Wire:
    """Bytes to a server, and what it says to them."""

    def __init__(self, port: int, token: str, url: str) -> None:
        self.port, self.token, self.url = port, token, url

    def say(self, words: bytes, *, and_no_more: bool = False) -> bytes:
        """Send this as it is; the answer, or nothing where there is none."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=ANSWERS_WITHIN) as sock:
            sock.sendall(words)
            with suppress(OSError):  # it may have answered and hung up before all was said
                if and_no_more:
                    sock.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                return b"".join(iter(lambda: sock.recv(65536), b""))
        return b""

    def leave(self, words: bytes) -> None:
        """Send this, and be gone."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=ANSWERS_WITHIN) as sock:
            sock.sendall(words)

    def post(self, body: bytes, *headers: bytes, length: int | None = None) -> bytes:
        """The start of a request with this body."""
        method, path = TARGET
        told = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {self.token}",
                f"Content-Type: {JSON}", "Connection: close"]  # fmt: skip
        sizes = [] if length == -1 else [f"Content-Length: {len(body) if length is None else length}"]
        return (
            "\r\n".join([*told, *sizes]).encode() + b"\r\n" + b"".join(it + b"\r\n" for it in headers) + b"\r\n" + body
        )

    def lives(self) -> bool:
        """Whether it still answers."""
        with DIRECT.open(f"{self.url}/api/openapi.json", timeout=ANSWERS_WITHIN) as answer:
            return answer.status == 200


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def test_over_a_real_socket(wire):
    for name, body in BODIES.items():
        answer = wire.say(wire.post(body))
        assert status_of(answer) in {400, 422}, (name, answer[:300])
        assert b"application/problem+json" in answer, name
    chunked = b"Transfer-Encoding: chunked"
    oddities = {
        "chunks": wire.post(b'c\r\n{"ids": null}\r\n0\r\n\r\n'.replace(b"c\r", b"d\r"), chunked, length=-1),
        "chunks of nonsense": wire.post(b"zz\r\nhello\r\n", chunked, length=-1),
        "a chunk that never ends": wire.post(b"ffffffffffffffff\r\nx", chunked, length=-1),
        "chunks and a length": wire.post(b"0\r\n\r\n", chunked, length=5),
        "no length": wire.post(b"{}", length=-1),
        "a length below zero": wire.post(b"{}", length=-5),
        "half a body": wire.post(b'{"ids": [', length=500),
        "more than it said": wire.post(b'{"ids": []}{"ids": []}', length=11),
        "a header without an end": b"GET /api/v1/channels HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 100_000,
        "headers of bytes": wire.post(b"{}", b"X-\xff\xfe: \xff", b"Cookie: \xff=\xfe"),
        "NUL in a header": wire.post(b"{}", b"X: a\x00b"),
        "no HTTP at all": bytes(range(256)) * 10,
        "a path of bytes": b"GET /api/v1/\xff\xfe%zz?\xff HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        "another host": b"GET /api/v1/channels HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        "no host": b"GET /api/v1/channels HTTP/1.1\r\nConnection: close\r\n\r\n",
        "HTTP/0.9": b"GET /api/v1/channels\r\n\r\n",
    }
    for name, request in oddities.items():
        assert status_of(wire.say(request, and_no_more=True)) < 500, name
        for _ in range(THREADS + 1):
            wire.leave(request)
    assert wire.lives()
