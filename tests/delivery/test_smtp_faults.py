"""Everything that a mail server may do to a message, through the engine: what has arrived, and what is then so."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from typing import Any, NamedTuple

import pytest
from sqlalchemy import update

from tests.support.machine import free_port
from tests.support.smtp import ScriptedServer, drop, hang, then_drop
from webapp.database import writing
from webapp.delivery.lot import Kind
from webapp.delivery.resident import drain
from webapp.models.provider import Provider, ProviderHealth
from webapp.runtime import engine
from webapp.services.queue import queue


class Then(NamedTuple):
    """What is so after one pass: mails that the server took, the delivery, and the fault its provider is paused for."""

    arrived: int
    state: str
    reason: str | None
    retries_left: int
    paused: str | None = None


SENT = Then(1, "sent", None, 4)
BUSY = Then(0, "retrying", "SERVER_BUSY", 3)
LOST = Then(0, "retrying", "CONNECT_REFUSED", 3)


def refused(reason: str) -> Then:
    return Then(0, "undeliverable", reason, 3)


def set_up_wrongly(fault: str) -> Then:
    return Then(0, "held", "PROVIDER_PAUSED", 4, fault)


FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], Then]] = {
    "a good server": ({}, {}, SENT),
    "550 at MAIL": ({"MAIL": "550 not you"}, {}, set_up_wrongly("SENDER_REFUSED")),
    "554 at MAIL": ({"MAIL": "554 not you"}, {}, set_up_wrongly("SENDER_REFUSED")),
    "550 at RCPT": ({"RCPT": "550 nobody"}, {}, refused("RECIPIENT_REFUSED")),
    "554 at RCPT": ({"RCPT": "554 nobody"}, {}, refused("RECIPIENT_REFUSED")),
    "552 at RCPT": ({"RCPT": "552 full"}, {}, refused("RECIPIENT_REFUSED")),
    "550 at DATA": ({"DATA": "550 no"}, {}, refused("CONTENT_REFUSED")),
    "554 at DATA": ({"DATA": "554 no"}, {}, refused("CONTENT_REFUSED")),
    "550 after the dot": ({".": "550 spam"}, {}, refused("CONTENT_REFUSED")),
    "554 after the dot": ({".": "554 spam"}, {}, refused("CONTENT_REFUSED")),
    "451 at RCPT": ({"RCPT": "451 come again"}, {}, BUSY),
    "452 after the dot": ({".": "452 no room"}, {}, BUSY),
    "421 at the greeting": ({"greeting": then_drop("421 busy")}, {}, BUSY),
    "421 at EHLO": ({"EHLO": then_drop("421 busy")}, {}, BUSY),
    "421 at MAIL": ({"MAIL": then_drop("421 busy")}, {}, BUSY),
    "421 at RCPT": ({"RCPT": then_drop("421 busy")}, {}, BUSY),
    "421 at DATA": ({"DATA": then_drop("421 busy")}, {}, BUSY),
    "421 after the dot": ({".": then_drop("421 busy")}, {}, BUSY),
    "421 at QUIT after 250": ({"QUIT": then_drop("421 busy")}, {}, SENT),
    "530 at MAIL": ({"MAIL": "530 sign in"}, {}, set_up_wrongly("AUTH")),
    "535": ({"AUTH": "535 wrong"}, {"auth": "plain", "username": "b"}, set_up_wrongly("AUTH")),
    "5xx at the greeting": ({"greeting": "554 go away"}, {}, LOST),
    "drop at the greeting": ({"greeting": drop}, {}, LOST),
    "drop before the dot": ({"DATA": drop}, {}, LOST),
    "drop after the dot": ({".": drop}, {}, Then(0, "retrying", "TIMEOUT_AFTER_DATA", 3)),
    "hang at the greeting": ({"greeting": hang}, {"timeout": 1}, Then(0, "retrying", "TIMEOUT_BEFORE_DATA", 3)),
    "hang after the dot": ({".": hang}, {"timeout": 1}, Then(0, "retrying", "TIMEOUT_AFTER_DATA", 3)),
    "STARTTLS is not offered": ({}, {"security": "starttls"}, set_up_wrongly("TLS")),
}


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
def a_pass(world, app):
    """Deliver by the real SMTP provider to a port of this machine."""

    def deliver(port: int, **different: Any) -> None:
        settings = {
            "host": "127.0.0.1", "port": port, "security": "none", "auth": "none", "sender": "belfry@example.com",
            "sender_name": "", "reply_to": "", "username": "", "timeout": 10, **different,
        }  # fmt: skip
        world.execute(update(Provider).values(kind="smtp", settings=settings))
        drain(engine(app), [Kind.LATER, Kind.FRESH])

    return deliver


def so(world, server: ScriptedServer) -> Then:
    with writing(world.session) as session:
        paused = session.get(ProviderHealth, 1).paused_reason
    return Then(len(server.mails), world.row.state, world.row.reason, world.row.retries_left, paused)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault(world, serve, a_pass, fault):
    script, settings, then = FAULTS[fault]
    server = serve(script=script)
    world.post()
    a_pass(server.port, **settings)
    assert so(world, server) == then


def test_a_certificate_that_nobody_vouches_for(world, serve, a_pass, make_certificate):
    server = serve(offers=("STARTTLS",), tls=make_certificate().context)
    world.post()
    a_pass(server.port, security="starttls")
    assert so(world, server) == set_up_wrongly("TLS")
    assert not any(command.startswith("MAIL") for command in server.commands)


def test_what_was_dropped_after_the_dot_comes_again_as_the_same_mail(world, serve, a_pass):
    server = serve(script={".": [drop, "250 taken"]})
    world.post()
    a_pass(server.port)
    world.clock.advance(60)
    a_pass(server.port)
    assert so(world, server)[:2] == (1, "sent")
    first, second = server.complete
    assert first == second
    assert b"\r\nMessage-ID: <" + world.row.envelope_id.encode() in second


def test_what_was_given_up_is_sent_again_as_a_mail_that_names_the_old_one(world, serve, a_pass, browser_of):
    """Tried at 0, 60, 360 and 3960 s and given up, as test_record shows; then the server is up again."""
    world.post()
    for wait in (0, 60, 300, 3600):
        world.clock.advance(wait)
        a_pass(free_port())
    old = world.row
    assert (old.state, old.retries_left) == ("undeliverable", 0)
    shown = browser_of("olaf", role="operator").get("/failed").text
    assert "Every try allowed by the retry policy failed." in shown
    assert "refused" in shown

    server = serve()
    assert queue.send_again(ids=[old.id], by="olaf", now=world.clock.now()).done == (old.id,)
    assert (world.row.state, world.row.generation, world.row.retries_left) == ("queued", 2, 4)
    a_pass(server.port)
    [mail] = map(message_from_bytes, server.mails)
    assert world.row.state == "sent"
    assert mail["Message-ID"] == f"<{world.row.envelope_id}@example.com>" != f"<{old.envelope_id}@example.com>"
    assert mail["References"] == f"<{old.envelope_id}@example.com>"
