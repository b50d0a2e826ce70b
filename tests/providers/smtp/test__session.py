"""The SMTP session: what is said and heard, how the mail arrives, and what keeps it private."""

import base64
import time
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from aiosmtpd.smtp import AuthResult

from tests.support.smtp import drip, gush, hang, raw, then_drop, then_hang
from webapp.domain.envelope import (
    Accepted,
    Blame,
    ConfigurationFailure,
    PermanentFailure,
    TemporaryFailure,
    Transcript,
)
from webapp.domain.reason import Reason
from webapp.providers import kinds

PASSWORD = "s3cret-Pässword"
SIGNED_IN = {"auth": "plain", "username": "belfry", "password": PASSWORD}
TEMPORARY, CONFIGURATION = TemporaryFailure, ConfigurationFailure
SILENT = {Reason.TIMEOUT_BEFORE_DATA}


def block(certificate) -> str:
    """A certificate as one pastes it: without its key."""
    text = certificate.file.read_text()
    return text[: text.index("-----BEGIN PRIVATE")]


def test_the_whole_reply_is_never_kept(scripted, attempt):
    failure = attempt(scripted(RCPT=raw(b"\r\n".join([b"550-" + b"A" * 500] * 60) + b"\r\n550 end\r\n")))
    assert failure.reason is Reason.RECIPIENT_REFUSED
    assert len(failure.reply) <= 4096


def test_an_endless_yes_after_the_dot_is_a_yes(scripted, make_smtp, envelope, transcript):
    server = scripted(script={".": [gush(b"250 "), "250 taken"]})
    provider = make_smtp(server.port)
    assert provider.send(envelope(), transcript).reply.startswith("250 AAAA")
    assert provider.send(envelope(), transcript).reply == "250 taken"
    assert server.connections == 2


def test_a_reply_that_is_not_text_is_made_legible(scripted, attempt):
    failure = attempt(scripted(RCPT=raw(b"550 caf\xe9 \x00\x1b[31m\r\n")))
    assert failure.reply == "550 caf\ufffd \ufffd\ufffd[31m"


def test_a_server_that_drips_is_cut_at_the_deadline(scripted, attempt):
    begun = time.monotonic()
    attempt(scripted(greeting=drip), timeout="0.3")
    assert 0.5 < time.monotonic() - begun < 1.5


def test_the_phases_of_a_good_try(scripted, make_smtp, envelope, transcript):
    server = scripted()
    accepted = make_smtp(server.port, **SIGNED_IN).send(envelope(), transcript)
    assert accepted == Accepted("250 taken")
    assert [(phase.name, phase.words) for phase in transcript.phases] == [
        ("look-up", "127.0.0.1: allowed"),
        ("connect", f"127.0.0.1, port {server.port}"),
        ("greeting", "220 scripted.example.com ready"),
        ("sign-in", "235 welcome"),
        ("MAIL", "250 sender ok"),
        ("RCPT", "250 recipient ok"),
        ("DATA", "354 go on"),
        ("handed over", "250 taken"),
    ]


def test_the_mail_as_it_arrives(smtp_server, make_smtp, envelope, transcript):
    provider = make_smtp(smtp_server.port, sender_name="Bélfry, der Turm", reply_to="answers@example.com")
    sent = envelope(
        subject="Grüße aus dem Turm 🔔",
        text=".\n..dots\nlong " + "x" * 5000,
        html="<p>ü</p>",
        headers={"X-Why": "ja ü"},
    )
    provider.send(sent, transcript)
    [mail] = smtp_server.wait_for(1)
    assert (mail.sender, mail.recipients) == ("belfry@example.com", ["emil@example.com"])
    assert {name: str(value) for name, value in mail.message.items() if not name.startswith("Content")} == {
        "From": '"Bélfry, der Turm" <belfry@example.com>',
        "To": "emil@example.com",
        "Reply-To": "answers@example.com",
        "Subject": sent.subject,
        "Date": "Sun, 01 Mar 2026 12:30:00 +0000",
        "Message-ID": f"<{sent.id}@example.com>",
        "X-Belfry-Envelope": sent.id,
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "X-Why": "ja ü",
    }
    assert mail.message.get_body(("plain",)).get_content().replace("\r\n", "\n") == sent.text
    assert mail.message.get_body(("html",)).get_content() == "<p>ü</p>"
    assert max(len(line) for line in mail.raw.split(b"\r\n")) < 998
    assert mail.raw.isascii()


def test_dots_are_stuffed(scripted, make_smtp, envelope, transcript):
    server = scripted()
    text = ".\n.\r\n..\nQUIT\n.x"
    make_smtp(server.port).send(envelope(text=text, html=None), transcript)
    [mail] = server.mails
    parsed = message_from_bytes(mail, policy=policy.default)
    assert parsed.get_content() == ".\r\n.\r\n..\r\nQUIT\r\n.x"
    assert [command.split(" ")[0] for command in server.commands] == ["ehlo", "MAIL", "RCPT", "DATA"]


def test_an_international_address_needs_the_extension(scripted, attempt, make_smtp, envelope, transcript):
    plain = scripted()
    with pytest.raises(PermanentFailure) as caught:
        make_smtp(plain.port).send(envelope(address="jörg@example.com"), transcript)
    assert (caught.value.reason, caught.value.blame) == (Reason.RECIPIENT_REFUSED, Blame.RECIPIENT)
    able = scripted(offers=("SMTPUTF8", "8BITMIME"))
    make_smtp(able.port).send(envelope(address="jörg@bücher.example.com"), transcript)
    assert "MAIL FROM:<belfry@example.com> SMTPUTF8 BODY=8BITMIME" in able.commands
    assert "RCPT TO:<jörg@xn--bcher-kva.example.com>" in able.commands
    assert "To: jörg@xn--bcher-kva.example.com\r\n".encode() in able.mails[0]


@pytest.mark.parametrize(
    "address", ["", "emil", "a b@example.com", "a@b@example.com", "a@example.com\r\nDATA", "a>@x.org"]
)
def test_what_is_no_address_reaches_no_server(scripted, make_smtp, envelope, transcript, address):
    server = scripted()
    with pytest.raises(PermanentFailure) as caught:
        make_smtp(server.port).send(envelope(address=address), transcript)
    assert (caught.value.reason, server.connections) == (Reason.RECIPIENT_REFUSED, 0)


def test_a_mail_larger_than_any_buffer_arrives_whole_and_encrypted(
    scripted, make_smtp, envelope, transcript, certificate
):
    server = scripted(tls=certificate.context, offers=("STARTTLS",))
    provider = make_smtp(server.port, host="localhost", security="starttls")
    text = f".{'x' * 70}\n" * 60_000
    provider.send(envelope(text=text, html=None), transcript)
    [mail] = server.mails
    assert message_from_bytes(mail, policy=policy.default).get_content() == text.replace("\n", "\r\n")


@pytest.mark.parametrize("silence", [hang, drip])
def test_the_deadline_counts_for_what_is_encrypted_too(scripted, attempt, certificate, silence):
    begun = time.monotonic()
    server = scripted(tls=certificate.context, from_the_start=True, RCPT=silence)
    failure = attempt(server, host="localhost", security="tls", timeout="0.3")
    assert failure.reason is Reason.TIMEOUT_BEFORE_DATA
    assert 0.2 < time.monotonic() - begun < 1.5


@pytest.mark.parametrize("auth", ["plain", "login"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted_and_signed_in(make_smtp_server, make_smtp, envelope, transcript, certificate, security, auth):
    heard = []

    def authenticator(server, session, envelope, mechanism, data):
        heard.append((mechanism, data.login.decode(), data.password.decode()))
        return AuthResult(success=True)

    options = {
        "starttls": {"tls_context": certificate.context, "require_starttls": True, "auth_required": True},
        "tls": {"ssl_context": certificate.context, "auth_require_tls": False},
    }
    server = make_smtp_server(authenticator=authenticator, **options[security])
    make_smtp(server.port, **{**SIGNED_IN, "auth": auth, "security": security, "host": "localhost"}).send(
        envelope(), transcript
    )
    assert heard == [(auth.upper(), "belfry", PASSWORD)]
    assert len(server.wait_for(1)) == 1
    assert any(phase.name == "TLS" and "TLSv1." in phase.words for phase in transcript.phases)


def test_starttls_demanded_but_not_offered(scripted, attempt):
    server = scripted()
    failure = attempt(server, **SIGNED_IN, security="starttls")
    assert (type(failure), failure.reason) == (ConfigurationFailure, Reason.TLS)
    assert [command.split(" ")[0] for command in server.commands if command != "QUIT"] == ["ehlo"]


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ("454 not available", TEMPORARY, Reason.SERVER_BUSY),
        ("502 not here", CONFIGURATION, Reason.TLS),
        (raw(b"220 go on\r\n250 injected\r\n"), CONFIGURATION, Reason.TLS),
        (then_drop("220 go on"), TEMPORARY, Reason.TLS),
        (hang, TEMPORARY, Reason.TIMEOUT_BEFORE_DATA),
        (then_hang("220 go on"), TEMPORARY, Reason.TIMEOUT_BEFORE_DATA),
        (raw(b"220 go on\r\n"), TEMPORARY, Reason.TLS),
    ],
    ids=["454", "502", "injected", "dropped", "silent", "no-handshake", "in-clear"],
)
def test_starttls_that_does_not_come_about(scripted, attempt, answer, kind, reason):
    server = scripted(STARTTLS=answer, offers=("STARTTLS",))
    failure = attempt(server, **SIGNED_IN, security="starttls", timeout="0.3" if reason in SILENT else "25")
    assert (type(failure), failure.reason) == (kind, reason)
    assert not any(command.startswith(("AUTH", "MAIL")) for command in server.commands)


@pytest.mark.parametrize(("days", "left"), [(1, 0), (12, 11)])
def test_the_days_that_a_certificate_has_left_are_told(
    make_smtp_server, make_smtp, envelope, make_certificate, days, left
):
    shown = make_certificate(days=days)
    server = make_smtp_server(tls_context=shown.context, require_starttls=True)
    now = Transcript(time.monotonic, datetime.now(UTC))
    make_smtp(server.port, host="localhost", security="starttls", certificates=block(shown)).send(envelope(), now)
    words = next(phase.words for phase in now.phases if phase.name == "TLS")
    assert words.endswith(f"({left} days left)")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_authority_of_one_s_own_counts_beside_the_system_s(
    make_smtp_server, make_smtp, envelope, transcript, make_certificate, certificate, security
):
    own, other = make_certificate(), make_certificate("other.example.com")
    for shown, pasted in ((own, block(other) + block(own)), (certificate, block(other))):
        options = {
            "starttls": {"tls_context": shown.context, "require_starttls": True},
            "tls": {"ssl_context": shown.context},
        }
        server = make_smtp_server(**options[security])
        typed = {"host": "localhost", "security": security, "certificates": pasted}
        make_smtp(server.port, **typed).send(envelope(), transcript)
        assert len(server.wait_for(1)) == 1


def test_a_certificate_that_is_not_its_own_is_still_refused(scripted, attempt, make_certificate):
    server = scripted(tls=make_certificate().context, offers=("STARTTLS",))
    failure = attempt(server, security="starttls", certificates=block(make_certificate("other.example.com")))
    assert (type(failure), failure.reason) == (CONFIGURATION, Reason.TLS)


def test_bounces_go_elsewhere_and_the_greeting_is_chosen(scripted, make_smtp, envelope, transcript):
    server = scripted()
    make_smtp(server.port, bounces_to="bounces@bücher.example.com", helo="belfry.example.com").send(
        envelope(), transcript
    )
    assert server.commands[:2] == ["ehlo belfry.example.com", "MAIL FROM:<bounces@xn--bcher-kva.example.com>"]
    assert b"From: belfry@example.com\r\n" in server.mails[0]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["untrusted", "wrong-name", "expired"])
def test_a_bad_certificate_is_refused(scripted, attempt, make_certificate, monkeypatch, security, fault):
    shown = {
        "untrusted": make_certificate,
        "wrong-name": lambda: make_certificate("elsewhere.example.com", "192.0.2.1"),
        "expired": lambda: make_certificate(days=-1),
    }[fault]()
    if fault != "untrusted":
        monkeypatch.setenv("SSL_CERT_FILE", str(shown.file))
    server = scripted(tls=shown.context, offers=("STARTTLS",), from_the_start=security == "tls")
    failure = attempt(server, **SIGNED_IN, security=security, timeout="25")
    assert (type(failure), failure.reason) == (ConfigurationFailure, Reason.TLS)
    assert "certificate was refused" in failure.reply
    assert not any(command.startswith(("AUTH", "MAIL")) for command in server.commands)


def test_tls_towards_a_server_that_speaks_in_clear(scripted, attempt):
    failure = attempt(scripted(), security="tls")
    assert failure.reason is Reason.TLS


@pytest.mark.parametrize("auth", ["plain", "login"])
def test_a_server_that_says_the_password_back_is_masked(scripted, attempt, transcript, auth):
    spellings = [PASSWORD, _base64(PASSWORD), _base64(f"\0belfry\0{PASSWORD}")]
    server = scripted(AUTH=f"535 not {' nor '.join(spellings)}")
    failure = attempt(server, **{**SIGNED_IN, "auth": auth})
    told = " ".join([str(failure), failure.reply, repr(failure.args), *(phase.words for phase in transcript.phases)])
    assert failure.reason is Reason.AUTH
    assert not any(spelling in told for spelling in spellings)
    assert failure.__cause__ is None
    assert failure.__suppress_context__ or failure.__context__ is None


def test_a_password_never_travels_in_clear(surroundings, scripted, envelope, transcript, monkeypatch):
    """Not even where settings came past the door: what is not loopback gets no password without encryption."""
    monkeypatch.setattr("webapp.providers.smtp._session._is_loopback", lambda sock: False)
    server = scripted()
    settings = {
        "host": "127.0.0.1", "port": server.port, "security": "none", "sender": "belfry@example.com", **SIGNED_IN,
    }  # fmt: skip
    with pytest.raises(ConfigurationFailure) as caught:
        kinds()["smtp"]("Office", settings, surroundings).send(envelope(), transcript)
    assert caught.value.reason is Reason.TLS
    assert not any(command.startswith("AUTH") for command in server.commands)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
