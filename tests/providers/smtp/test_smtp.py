"""The provider ``smtp``, through its door and over real sockets: every answer a server can give leads where it must."""

from typing import Any

import pytest
from flask_mail import email_dispatched

from tests.support.smtp import drip, drop, gush, hang, raw, reset, then_drop
from webapp.domain.envelope import (
    Accepted,
    Blame,
    Certainty,
    ConfigurationFailure,
    Failure,
    PermanentFailure,
    TemporaryFailure,
)
from webapp.domain.reason import Reason
from webapp.providers import Surroundings, kinds

TEMPORARY, PERMANENT, CONFIGURATION = TemporaryFailure, PermanentFailure, ConfigurationFailure
SIGNED_IN = {"auth": "plain", "username": "belfry", "password": "secret"}
PIPELINING = ("PIPELINING",)

# what the server does, the failure, its reason, whom it blames
BEFORE_THE_MAIL = [
    ({"greeting": "421 too busy"}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    ({"greeting": "450 not now"}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    ({"greeting": "554 no service here"}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"greeting": drop}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"greeting": reset}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"greeting": hang}, TEMPORARY, Reason.TIMEOUT_BEFORE_DATA, Blame.PROVIDER),
    ({"greeting": drip}, TEMPORARY, Reason.TIMEOUT_BEFORE_DATA, Blame.PROVIDER),
    ({"greeting": gush(b"220 ")}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"greeting": gush(b"")}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"greeting": "HTTP/1.1 400 Bad Request"}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"greeting": raw(b"\xff\xfe\x00\r\n")}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"EHLO": "421 too busy"}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    ({"EHLO": "502 what?", "HELO": "550 no"}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"EHLO": drop}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
]
AT_SIGN_IN = [
    ({"AUTH": "535 5.7.8 bad credentials"}, CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    ({"AUTH": "530 encrypt first"}, CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    ({"AUTH": "504 unknown mechanism"}, CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    ({"AUTH": "454 the directory is away"}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    ({"AUTH": "421 goodbye"}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    ({"AUTH": drop}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"AUTH": hang}, TEMPORARY, Reason.TIMEOUT_BEFORE_DATA, Blame.PROVIDER),
]
WITH_THE_MAIL = [
    ({"MAIL": "550 unknown sender"}, CONFIGURATION, Reason.SENDER_REFUSED, Blame.PROVIDER),
    ({"MAIL": "553 not yours"}, CONFIGURATION, Reason.SENDER_REFUSED, Blame.PROVIDER),
    ({"MAIL": "530 sign in first"}, CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    ({"MAIL": "535 sign in again"}, CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    ({"MAIL": "552 too large"}, PERMANENT, Reason.CONTENT_REFUSED, Blame.CONTENT),
    ({"MAIL": "451 not now"}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    ({"MAIL": "421 goodbye"}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    ({"MAIL": drop}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"MAIL": hang}, TEMPORARY, Reason.TIMEOUT_BEFORE_DATA, Blame.PROVIDER),
    ({"RCPT": "550 5.1.1 no such user"}, PERMANENT, Reason.RECIPIENT_REFUSED, Blame.RECIPIENT),
    ({"RCPT": "552 mailbox full"}, PERMANENT, Reason.RECIPIENT_REFUSED, Blame.RECIPIENT),
    ({"RCPT": "450 greylisted"}, TEMPORARY, Reason.SERVER_BUSY, Blame.RECIPIENT),
    ({"RCPT": "451 4.7.1 greylisted"}, TEMPORARY, Reason.SERVER_BUSY, Blame.RECIPIENT),
    ({"RCPT": "452 mailbox full"}, TEMPORARY, Reason.SERVER_BUSY, Blame.RECIPIENT),
    ({"RCPT": "421 goodbye"}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    ({"RCPT": "530 sign in first"}, CONFIGURATION, Reason.AUTH, Blame.PROVIDER),
    ({"RCPT": reset}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"RCPT": hang}, TEMPORARY, Reason.TIMEOUT_BEFORE_DATA, Blame.PROVIDER),
    ({"DATA": "554 no valid recipients"}, PERMANENT, Reason.CONTENT_REFUSED, Blame.CONTENT),
    ({"DATA": "451 not now"}, TEMPORARY, Reason.SERVER_BUSY, Blame.CONTENT),
    ({"DATA": "421 goodbye"}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
    ({"DATA": "250 what?"}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"DATA": drop}, TEMPORARY, Reason.CONNECT_REFUSED, Blame.PROVIDER),
    ({"DATA": hang}, TEMPORARY, Reason.TIMEOUT_BEFORE_DATA, Blame.PROVIDER),
    ({".": "550 looks like spam"}, PERMANENT, Reason.CONTENT_REFUSED, Blame.CONTENT),
    ({".": "554 5.6.0 malformed"}, PERMANENT, Reason.CONTENT_REFUSED, Blame.CONTENT),
    ({".": "552 too large"}, PERMANENT, Reason.CONTENT_REFUSED, Blame.CONTENT),
    ({".": "451 try again"}, TEMPORARY, Reason.SERVER_BUSY, Blame.CONTENT),
    ({".": "452 disk full"}, TEMPORARY, Reason.SERVER_BUSY, Blame.CONTENT),
    ({".": "421 goodbye"}, TEMPORARY, Reason.SERVER_BUSY, Blame.PROVIDER),
]
AFTER_THE_DOT = [{".": drop}, {".": reset}, {".": hang}, {".": drip}, {".": "what?"}, {".": "354 more"}]


def _named(script: Any) -> str | None:
    if not isinstance(script, dict):
        return None
    return " ".join(f"{stage}={getattr(doing, '__name__', str(doing)[:3])}" for stage, doing in script.items())


@pytest.mark.parametrize("signed_in", [False, True], ids=["plain", "signed-in"])
@pytest.mark.parametrize(("script", "kind", "reason", "blame"), BEFORE_THE_MAIL, ids=_named)
def test_what_a_server_does_before_the_mail(scripted, attempt, script, kind, reason, blame, signed_in):
    server = scripted(script=script)
    failure = attempt(server, **(SIGNED_IN if signed_in else {}))
    assert (type(failure), failure.reason, failure.blame) == (kind, reason, blame)
    assert failure.certainty is Certainty.NOT_SENT
    assert not any(command.startswith(("AUTH", "MAIL")) for command in server.commands)


@pytest.mark.parametrize("auth", ["plain", "login"])
@pytest.mark.parametrize(("script", "kind", "reason", "blame"), AT_SIGN_IN, ids=_named)
def test_what_a_server_does_at_sign_in(scripted, attempt, script, kind, reason, blame, auth):
    server = scripted(script=script)
    failure = attempt(server, **{**SIGNED_IN, "auth": auth})
    assert (type(failure), failure.reason, failure.blame) == (kind, reason, blame)
    assert not any(command.startswith("MAIL") for command in server.commands)


@pytest.mark.parametrize("offers", [(), PIPELINING], ids=["one-by-one", "pipelined"])
@pytest.mark.parametrize(("script", "kind", "reason", "blame"), WITH_THE_MAIL, ids=_named)
def test_what_a_server_does_with_the_mail(scripted, attempt, script, kind, reason, blame, offers):
    server = scripted(script=script, offers=offers)
    failure = attempt(server)
    assert (type(failure), failure.reason, failure.blame) == (kind, reason, blame)
    assert failure.certainty is Certainty.NOT_SENT
    assert server.mails == []


@pytest.mark.parametrize("script", AFTER_THE_DOT, ids=_named)
def test_a_break_after_the_dot_may_have_arrived(scripted, attempt, script):
    server = scripted(script=script)
    failure = attempt(server)
    assert type(failure) is TemporaryFailure
    assert (failure.reason, failure.certainty) == (Reason.TIMEOUT_AFTER_DATA, Certainty.MAY_HAVE_ARRIVED)
    assert len(server.complete) == 1


@pytest.mark.parametrize("doing", [drop, reset, then_drop("552 that is enough")], ids=["drop", "reset", "552"])
def test_a_break_in_the_middle_of_the_body_is_not_sent(scripted, make_smtp, envelope, transcript, doing):
    def read_a_little(conversation):
        conversation.say(b"354 go on\r\n")
        conversation.line()
        doing(conversation)

    server = scripted(DATA=read_a_little)
    with pytest.raises(Failure) as caught:
        make_smtp(server.port).send(envelope(text="x" * 12_000_000), transcript)
    assert caught.value.certainty is Certainty.NOT_SENT
    assert server.complete == []


def test_a_dead_port_is_refused(make_smtp, envelope, transcript):
    with pytest.raises(TemporaryFailure) as caught:
        make_smtp(1).send(envelope(), transcript)
    assert (caught.value.reason, transcript.reached) == (Reason.CONNECT_REFUSED, "connect")
    assert transcript.phases[-1].words == caught.value.reply


def test_a_target_that_is_not_allowed_is_not_dialled(scripted, envelope, transcript, tmp_path):
    server = scripted()
    settings = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "belfry@example.com"}
    with pytest.raises(ConfigurationFailure) as caught:
        kinds()["smtp"]("Office", settings, Surroundings(tmp_path)).send(envelope(), transcript)
    assert caught.value.reason is Reason.BLOCKED_TARGET
    assert "BELFRY_ALLOWED_NETWORKS" in caught.value.reply
    assert server.connections == 0


def test_a_listener_that_raises_undoes_no_mail(scripted, make_smtp, envelope, transcript, caplog):
    def listen(*_sender, **_told):
        raise ZeroDivisionError

    server = scripted()
    with email_dispatched.connected_to(listen):
        assert isinstance(make_smtp(server.port).send(envelope(), transcript), Accepted)
    assert "ZeroDivisionError" in caplog.text
