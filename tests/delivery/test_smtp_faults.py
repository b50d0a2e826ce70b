"""Everything that a mail server may do to a message, through the engine: what has arrived, and what is then so."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from typing import Any

import pytest

from tests.support.faults import SENT, Then, Trial, later, refused, set_up_wrongly
from tests.support.machine import free_port
from tests.support.smtp import ScriptedServer, drip, drop, gush, hang, raw, reset, then_drop
from webapp.services.queue import queue

SIGNS_IN = {"auth": "plain", "username": "belfry", "password": "open sesame"}
SENDER, PASSWORD = set_up_wrongly("SENDER_REFUSED", arrived=0), set_up_wrongly("AUTH", arrived=0)
NOBODY, CONTENT = refused("RECIPIENT_REFUSED", arrived=0), refused("CONTENT_REFUSED", arrived=0)
BUSY, LOST = later("SERVER_BUSY", arrived=0), later("CONNECT_REFUSED", arrived=0)
NOT_NOW = later("SERVER_BUSY", arrived=0, faults=0)  # it says so of this mail
SPAM, FULL = refused("CONTENT_REFUSED"), later("SERVER_BUSY", faults=0)
SILENT, LATE = later("TIMEOUT_AFTER_DATA"), later("TIMEOUT_BEFORE_DATA", arrived=0)

# what the server does at a stage, and what follows
AT_ONCE: dict[str, tuple[dict[str, Any], Then]] = {
    "a good server": ({}, SENT),
    "421 at the greeting": ({"greeting": then_drop("421 busy")}, BUSY),
    "450 at the greeting": ({"greeting": "450 not now"}, BUSY),
    "554 at the greeting": ({"greeting": "554 go away"}, LOST),
    "drop at the greeting": ({"greeting": drop}, LOST),
    "reset at the greeting": ({"greeting": reset}, LOST),
    "a web server": ({"greeting": "HTTP/1.1 400 Bad Request"}, LOST),
    "bytes that are no text": ({"greeting": raw(b"\xff\xfe\x00\r\n")}, LOST),
    "a greeting without an end": ({"greeting": gush(b"220 ")}, LOST),
    "421 at EHLO": ({"EHLO": then_drop("421 busy")}, BUSY),
    "550 at EHLO and HELO": ({"EHLO": "550 no", "HELO": "550 no"}, LOST),
    "drop at EHLO": ({"EHLO": drop}, LOST),
    "421 at MAIL": ({"MAIL": then_drop("421 busy")}, BUSY),
    "451 at MAIL": ({"MAIL": "451 come again"}, BUSY),
    "452 at MAIL": ({"MAIL": "452 no room"}, BUSY),
    "530 at MAIL": ({"MAIL": "530 sign in"}, PASSWORD),
    "535 at MAIL": ({"MAIL": "535 sign in"}, PASSWORD),
    "550 at MAIL": ({"MAIL": "550 not you"}, SENDER),
    "552 at MAIL": ({"MAIL": "552 too large"}, CONTENT),
    "553 at MAIL": ({"MAIL": "553 not yours"}, SENDER),
    "554 at MAIL": ({"MAIL": "554 not you"}, SENDER),
    "drop at MAIL": ({"MAIL": drop}, LOST),
    "421 at RCPT": ({"RCPT": then_drop("421 busy")}, BUSY),
    "450 at RCPT": ({"RCPT": "450 greylisted"}, NOT_NOW),
    "451 at RCPT": ({"RCPT": "451 come again"}, NOT_NOW),
    "452 at RCPT": ({"RCPT": "452 no room"}, NOT_NOW),
    "530 at RCPT": ({"RCPT": "530 sign in"}, PASSWORD),
    "550 at RCPT": ({"RCPT": "550 nobody"}, NOBODY),
    "551 at RCPT": ({"RCPT": "551 elsewhere"}, NOBODY),
    "552 at RCPT": ({"RCPT": "552 full"}, NOBODY),
    "553 at RCPT": ({"RCPT": "553 no such name"}, NOBODY),
    "554 at RCPT": ({"RCPT": "554 nobody"}, NOBODY),
    "drop at RCPT": ({"RCPT": drop}, LOST),
    "421 at DATA": ({"DATA": then_drop("421 busy")}, BUSY),
    "451 at DATA": ({"DATA": "451 come again"}, NOT_NOW),
    "550 at DATA": ({"DATA": "550 no"}, CONTENT),
    "554 at DATA": ({"DATA": "554 no"}, CONTENT),
    "drop before the dot": ({"DATA": drop}, LOST),
    "421 after the dot": ({".": then_drop("421 busy")}, later("SERVER_BUSY")),
    "451 after the dot": ({".": "451 come again"}, FULL),
    "452 after the dot": ({".": "452 no room"}, FULL),
    "550 after the dot": ({".": "550 spam"}, SPAM),
    "552 after the dot": ({".": "552 too large"}, SPAM),
    "554 after the dot": ({".": "554 spam"}, SPAM),
    "drop after the dot": ({".": drop}, SILENT),
    "reset after the dot": ({".": reset}, SILENT),
    "bytes that are no text after the dot": ({".": raw(b"\xff\xfe\r\n")}, SILENT),
    "a yes without an end after the dot": ({".": gush(b"250 ")}, SENT),
    "421 at QUIT after 250": ({"QUIT": then_drop("421 busy")}, SENT),
    "drop at QUIT after 250": ({"QUIT": drop}, SENT),
    "reset at QUIT after 250": ({"QUIT": reset}, SENT),
}
SIGNING_IN: dict[str, tuple[dict[str, Any], Then]] = {
    "235": ({}, SENT),
    "421": ({"AUTH": then_drop("421 busy")}, BUSY),
    "454": ({"AUTH": "454 the directory is away"}, BUSY),
    "504": ({"AUTH": "504 not like this"}, PASSWORD),
    "530": ({"AUTH": "530 encrypt first"}, PASSWORD),
    "534": ({"AUTH": "534 too weak"}, PASSWORD),
    "535": ({"AUTH": "535 wrong"}, PASSWORD),
    "drop": ({"AUTH": drop}, LOST),
}
TOO_LATE: dict[str, tuple[dict[str, Any], Then]] = {
    "hang at the greeting": ({"greeting": hang}, LATE),
    "drip at the greeting": ({"greeting": drip}, LATE),
    "hang at EHLO": ({"EHLO": hang}, LATE),
    "hang at RCPT": ({"RCPT": hang}, LATE),
    "hang after the dot": ({".": hang}, SILENT),
    "drip after the dot": ({".": drip}, SILENT),
}


class Office:
    """A trial of the kind ``smtp``."""

    def __init__(self, trial: Trial, serve: Callable[..., ScriptedServer]) -> None:
        self.trial, self._serve = trial, serve

    def then(self, script: dict[str, Any], *, server: dict[str, Any] | None = None, **typed: Any) -> Then:
        """What is so after one try at a server that does this."""
        made = self._serve(script=script, **server or {})
        self.trial.deliver("smtp", settings(made.port, **typed), running=True)
        made.stop()
        assert len(made.mails) <= len(made.complete) == len({*made.complete}), "the same mail twice"
        return self.trial.so(len(made.complete))

    def pass_at(self, port: int) -> None:
        """Send what is due to a port of this machine."""
        self.trial.send_by("smtp", settings(port))
        self.trial.a_pass()


def settings(port: int, **different: Any) -> dict[str, Any]:
    """What an administrator would type."""
    usual = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "belfry@example.com"}
    return {**usual, **different}


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    servers: list[ScriptedServer] = []

    def make(**options: Any) -> ScriptedServer:
        servers.append(ScriptedServer(**options))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def office(world, serve) -> Office:
    return Office(Trial(world), serve)


@pytest.mark.parametrize(
    ("table", "typed"),
    [(AT_ONCE, {}), (SIGNING_IN, SIGNS_IN), (TOO_LATE, {"timeout": 0.4})],
    ids=["at once", "signing in", "too late"],
)
def test_every_answer(office, table, typed):
    found = {name: office.then(script, **typed) for name, (script, _) in table.items()}
    assert found == {name: then for name, (_, then) in table.items()}


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_is_to_be_refused(office, bad_certificates, security):
    """Neither the mail nor the password goes out to who shows it."""
    for context in bad_certificates.values():
        server = {"offers": ("STARTTLS",), "tls": context, "from_the_start": security == "tls"}
        assert office.then({}, server=server, security=security, **SIGNS_IN) == set_up_wrongly("TLS", arrived=0)


@pytest.mark.parametrize("script", [{}, {"STARTTLS": "502 what?"}, {"STARTTLS": "554 no"}])
def test_where_encryption_is_demanded_nothing_goes_out_without(office, script):
    offers = ("STARTTLS",) if script else ()
    assert office.then(script, server={"offers": offers}, security="starttls") == set_up_wrongly("TLS", arrived=0)


def test_an_encryption_that_is_away_for_now(office):
    server = {"offers": ("STARTTLS",)}
    assert office.then({"STARTTLS": "454 not now"}, server=server, security="starttls") == BUSY


def test_a_password_that_is_wrong_is_not_tried_again_and_again(office, serve):
    server = serve(script={"AUTH": "535 wrong"})
    assert office.trial.first_minute("smtp", settings(server.port, **SIGNS_IN)) == {("held", 4)}
    assert 1 <= server.connections <= 3


def test_what_was_dropped_after_the_dot_comes_again_as_the_same_mail(world, serve, office):
    server = serve(script={".": [drop, "250 taken"]})
    world.post()
    office.pass_at(server.port)
    world.clock.advance(60)
    office.pass_at(server.port)
    assert (world.row.state, len(server.mails)) == ("sent", 1)
    first, second = server.complete
    assert first == second
    assert b"\r\nMessage-ID: <" + world.row.envelope_id.encode() in second


def test_what_was_given_up_is_sent_again_as_a_mail_that_names_the_old_one(world, serve, office, browser_of):
    """Tried at 0, 60, 360 and 3960 s and given up, as test_record shows; then the server is up again."""
    world.post()
    for wait in (0, 60, 300, 3600):
        world.clock.advance(wait)
        office.pass_at(free_port())
    old = world.row
    assert (old.state, old.retries_left) == ("undeliverable", 0)
    shown = browser_of("olaf", role="operator").get("/failed").text
    assert "Every try allowed by the retry policy failed." in shown
    assert "refused" in shown

    server = serve()
    assert queue.send_again(ids=[old.id], by="olaf", now=world.clock.now()).done == (old.id,)
    assert (world.row.state, world.row.generation, world.row.retries_left) == ("queued", 2, 4)
    office.pass_at(server.port)
    [mail] = map(message_from_bytes, server.mails)
    assert world.row.state == "sent"
    assert mail["Message-ID"] == f"<{world.row.envelope_id}@example.com>" != f"<{old.envelope_id}@example.com>"
    assert mail["References"] == f"<{old.envelope_id}@example.com>"
