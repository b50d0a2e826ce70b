"""Everything that a web service may do to a message, through the engine: what has arrived, and what is then so."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.support.clock import START
from tests.support.faults import SENT, Then, Trial, later, refused, set_up_wrongly
from tests.support.smtp import drop, hang, raw, reset
from tests.support.smtp import gush as gush_line
from tests.support.web import WebServer, answer, drip_after, gush, gzip_bomb, stall, then
from webapp.providers._signing import make_key

pytestmark = pytest.mark.one_database

KEY = make_key()
BEARER = {"auth": "bearer", "secret": "open sesame"}
BASIC = {"auth": "basic", "username": "belfry", "secret": "open sesame"}
METADATA = "http://169.254.169.254/latest/meta-data/"
NOTHING_CAME, SILENT = later("CONNECT_REFUSED", arrived=0), later("TIMEOUT_AFTER_DATA")

STATUSES = [
    ("200 201 202 203 204 206 250 299", SENT),
    ("300 301 302 303 304 305 307 308 399", later("REDIRECTED")),
    ("401 403 404 405 407 408 421", later("HTTP_4XX")),
    (
        "400 402 406 409 411 412 413 414 415 416 417 418 422 423 424 425 426 428 431 451",
        later("HTTP_4XX", faults=0),
    ),
    ("429 503", later("SERVER_BUSY")),
    ("500 501 502 504 505 507 511 520 524 599", later("HTTP_5XX")),
    ("600 999", later("HTTP_5XX")),
    ("410", refused("GONE")),
]

# what is answered, what is set up, what follows
JUDGED: dict[str, tuple[int, dict[str, str], Then]] = {
    "401 with a token": (401, BEARER, set_up_wrongly("AUTH")),
    "403 with a token": (403, BEARER, set_up_wrongly("AUTH")),
    "401 with a password": (401, BASIC, set_up_wrongly("AUTH")),
    "403 with a password": (403, BASIC, set_up_wrongly("AUTH")),
    "407 with a password": (407, BASIC, later("HTTP_4XX")),
    "200 with a token": (200, BEARER, SENT),
    "422, to be given up on": (422, {"give_up": "410, 422"}, refused("HTTP_4XX")),
    "503, to be given up on": (503, {"give_up": "503"}, refused("HTTP_5XX")),
    "410, not to be given up on": (410, {"give_up": "422"}, later("HTTP_4XX", faults=0)),
    "410 where nothing is": (410, {"give_up": ""}, later("HTTP_4XX", faults=0)),
    "403 with a token, to be given up on": (403, {"give_up": "403", **BEARER}, refused("HTTP_4XX")),
}

# what 429 and 503 say beside it; for how many seconds the provider rests; in how many the delivery is due
RETRY_AFTER: dict[str, tuple[int | None, float]] = {
    "5": (5, 60),
    "60": (60, 60),
    "120": (120, 120),
    "86400": (86400, 86400),
    "86401": (86400, 86400),
    "9" * 400: (86400, 86400),
    "0": (None, 60),
    "-5": (None, 60),
    "1.5": (None, 60),
    "soon": (None, 60),
    "1e9": (None, 60),
    "²": (None, 60),
    format_datetime(START + timedelta(seconds=600), usegmt=True): (600, 600),
    format_datetime(START - timedelta(seconds=600), usegmt=True): (None, 60),
    "Sun, 01 Mar 2099 12:31:00 GMT": (86400, 86400),
    "Sun, 99 Mar 2026 12:31:00 GMT": (None, 60),
}

ANSWERS: dict[str, tuple[dict[str, Any], Then]] = {
    "an interim answer first": ({"script": raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer(200))}, SENT),
    "a body of bytes that are no text": ({"script": answer(200, b"\xff\xfe\x00\x80")}, SENT),
    "an error of bytes that are no text": ({"script": answer(500, b"\xff\xfe\x00\x80")}, later("HTTP_5XX")),
    "a reply of 1 GB": ({"script": gush(200)}, SENT),
    "an error of 1 GB": ({"script": gush(500)}, later("HTTP_5XX")),
    "a gzip bomb": ({"script": gzip_bomb()}, SENT),
    "a reset amid the body": ({"script": then(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", reset)}, SENT),
    "a hang amid the body": ({"script": then(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", hang)}, SENT),
    "a drip for a body": ({"script": drip_after(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")}, SENT),
    "a drip for an error": (
        {"script": drip_after(b"HTTP/1.1 502 Bad\r\nContent-Length: 999\r\n\r\n")},
        later("HTTP_5XX"),
    ),
    "closed without an answer": ({"script": drop}, SILENT),
    "reset without an answer": ({"script": reset}, SILENT),
    "closed amid the headers": ({"script": then(b"HTTP/1.1 200 OK\r\nX-One: ", drop)}, SILENT),
    "reset before the body was read": ({"on_headers": reset}, SILENT._replace(arrived=0)),
    "a mail server": ({"script": then(b"220 mail.example.com\r\n", drop)}, SILENT),
    "bytes that are no text": ({"script": then(b"\xff\xfe\x00\r\n\r\n", drop)}, SILENT),
    "no number for a status": ({"script": then(b"HTTP/1.1 abc\r\n\r\n", drop)}, SILENT),
    "headers without an end": ({"script": gush_line(b"HTTP/1.1 200 OK\r\nX-Long: ")}, SILENT),
}
LATE: dict[str, tuple[dict[str, Any], Then]] = {
    "a hang without an answer": ({"script": hang}, SILENT),
    "a hang amid the headers": ({"script": then(b"HTTP/1.1 200 OK\r\n", hang)}, SILENT),
    "a drip of headers": ({"script": drip_after(b"HTTP/1.1 200 OK\r\nX-Long: ")}, SILENT),
    "accepted, and silent": ({"on_connect": stall}, SILENT._replace(arrived=0)),
}
ENCRYPTED: dict[str, Then] = {
    "expired": set_up_wrongly("TLS", arrived=0),
    "self-signed": set_up_wrongly("TLS", arrived=0),
    "wrong name": set_up_wrongly("TLS", arrived=0),
}
HANDSHAKES: dict[str, tuple[dict[str, Any], Then]] = {
    "no encryption there": ({"on_connect": then(answer(400), drop)}, later("TLS", arrived=0)),
    "closed amid the handshake": ({"on_connect": drop}, later("TLS", arrived=0)),
    "a mail server instead": ({"on_connect": then(b"220 mail.example.com\r\n", drop)}, later("TLS", arrived=0)),
    "silent amid the handshake": ({"on_connect": stall}, later("TIMEOUT_BEFORE_DATA", arrived=0)),
}


class Relay:
    """A trial of the kind ``http``."""

    def __init__(self, trial: Trial, web: Callable[..., WebServer]) -> None:
        self.trial, self._web = trial, web

    def then(self, server: dict[str, Any], *, scheme: str = "", **typed: Any) -> Then:
        """What is so after one try at a server that does this."""
        made = self._web(**server)
        url = made.url().replace("http:", f"{scheme or 'http'}:")
        self.to(url, **typed)
        made.stop()
        return self.trial.so(len(made.requests))

    def to(self, url: str, **typed: Any) -> None:
        self.trial.deliver("http", {"url": url, "signing_key": KEY, **typed})


@pytest.fixture
def relay(world, web) -> Relay:
    return Relay(Trial(world), web)


def expand(table: list[tuple[str, Then]]) -> dict[int, Then]:
    return {int(status): then for statuses, then in table for status in statuses.split()}


def test_every_status(relay):
    wanted = expand(STATUSES)
    assert {status: relay.then({"script": status}) for status in wanted} == wanted


def test_what_a_gateway_has_not_heard_of_is_not_repeated_at_most_once(world, web):
    world.channel("team.once", at_most_once=True)
    relay = Relay(Trial(world, channel="team.once"), web)
    assert relay.then({"script": 502}) == later("HTTP_5XX")
    assert relay.then({"script": 504}) == later("HTTP_5XX")._replace(state="unknown")


def test_what_is_set_up_decides_of_some(relay):
    assert {name: relay.then({"script": status}, **typed) for name, (status, typed, _) in JUDGED.items()} == {
        name: then for name, (_, _, then) in JUDGED.items()
    }


def test_nobody_is_followed(relay, web):
    """Neither to another host nor to the same one, nor to the place where clouds keep their credentials."""
    elsewhere = web()
    for to in (elsewhere.url(), METADATA, "/again", "//", "", "http://[", "file:///etc/passwd"):
        assert relay.then({"script": answer(307, Location=to)}) == later("REDIRECTED"), to
    for status in (301, 302, 303, 308):
        assert relay.then({"script": answer(status, Location=elsewhere.url())}) == later("REDIRECTED"), status
    assert not elsewhere.connections


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_to_be_left_alone_is(relay, world, status):
    def asked(words: str) -> tuple[int | None, float]:
        said = answer(status, Retry_After="").replace(b"Retry-After: ", b"Retry-After: " + words.encode())
        assert relay.then({"script": said}) == later("SERVER_BUSY")
        row, until = relay.trial.row, relay.trial.health.rests_until
        rests = round((until - world.clock.now()).total_seconds()) if until else None
        return rests, (row.due_at - row.failed_at).total_seconds()

    assert {words: asked(words) for words in RETRY_AFTER} == RETRY_AFTER


def test_nobody_rests_longer_than_the_policy_allows(world, web):
    world.channel("team.capped", policy="open-notificaties")
    relay = Relay(Trial(world, channel="team.capped"), web)
    assert relay.then({"script": answer(429, Retry_After="86400")}) == later("SERVER_BUSY")._replace(retries_left=7)
    row = relay.trial.row
    assert row.due_at - row.failed_at == timedelta(seconds=52000)
    assert relay.trial.health.rests_until - world.clock.now() == timedelta(seconds=52000)


@pytest.mark.parametrize("status", [400, 404, 500, 502])
def test_other_answers_cannot_ask_for_it(relay, world, status):
    relay.then({"script": answer(status, Retry_After="7200")})
    row = relay.trial.row
    assert relay.trial.health.rests_until is None
    assert row.due_at - row.failed_at == timedelta(seconds=60)


@pytest.mark.parametrize(("table", "timeout"), [(ANSWERS, 1), (LATE, 0.4)], ids=["answers", "late"])
def test_whatever_comes_instead_of_an_answer(relay, table, timeout):
    assert {name: relay.then(server, timeout=timeout) for name, (server, _) in table.items()} == {
        name: then for name, (_, then) in table.items()
    }


def test_a_certificate_that_is_to_be_refused(relay, bad_certificates):
    found = {name: relay.then({"tls": context}) for name, context in bad_certificates.items()}
    assert found == ENCRYPTED


def test_an_encryption_that_does_not_come_about(relay):
    assert {name: relay.then(server, scheme="https", timeout=0.4) for name, (server, _) in HANDSHAKES.items()} == {
        name: then for name, (_, then) in HANDSHAKES.items()
    }


@contextmanager
def taken_port() -> Iterator[tuple[socket.socket, str]]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock, f"http://127.0.0.1:{sock.getsockname()[1]}/"


def test_nobody_there(relay):
    with taken_port() as (_, url):
        relay.to(url)
    assert relay.trial.so(0) == NOTHING_CAME


def test_nobody_who_opens(relay):
    """The system takes no more connections than whoever listens has said."""
    with taken_port() as (listener, url):
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        relay.to(url, timeout=0.4)
        for each in waiting:
            each.close()
    assert relay.trial.so(0) == later("CONNECT_TIMEOUT", arrived=0)


@pytest.mark.parametrize("url", [METADATA, "https://10.0.0.1/", "http://[::ffff:169.254.169.254]/"])
def test_a_target_that_may_not_be_dialled(relay, url):
    relay.to(url)
    assert relay.trial.so(0) == set_up_wrongly("BLOCKED_TARGET", arrived=0)


@pytest.mark.parametrize("key", ["", "whsec_short"])
def test_nothing_leaves_unsigned(relay, key):
    assert relay.then({}, signing_key=key) == set_up_wrongly("AUTH", arrived=0)


@pytest.mark.parametrize("status", [401, 403])
def test_a_secret_that_is_wrong_is_not_tried_again_and_again(relay, web, status):
    server = web(status)
    typed = {"url": server.url(), "signing_key": KEY, **BEARER}
    assert relay.trial.first_minute("http", typed) == {("held", 4)}
    assert 1 <= len(server.requests) <= 3
