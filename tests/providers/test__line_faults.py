"""What it means that an exchange by HTTP broke, over real sockets: how each trouble is called, and what is certain."""

import socket
import ssl
import time
from datetime import UTC, datetime

import pycurl
import pytest

from tests.support.asking import HALF, LOOPBACK, ask, failure, names
from tests.support.smtp import drop, hang, reset
from tests.support.web import drip_after, stall, then
from webapp.domain.envelope import Certainty, ConfigurationFailure, TemporaryFailure, Transcript
from webapp.domain.reason import Reason
from webapp.providers import _net
from webapp.providers._transport import Transport
from webapp.providers._trust import problem_in_certificates

SENT, ARRIVED = Certainty.NOT_SENT, Certainty.MAY_HAVE_ARRIVED
TEMPORARY, CONFIGURATION = TemporaryFailure, ConfigurationFailure
LARGE = b"x" * (1 << 24)  # more than the sockets of both sides hold


@pytest.mark.parametrize(
    ("script", "kind", "reason", "certainty", "phase"),
    [
        ({"script": hang}, TEMPORARY, Reason.TIMEOUT_AFTER_DATA, ARRIVED, "answer"),
        ({"script": drop}, TEMPORARY, Reason.TIMEOUT_AFTER_DATA, ARRIVED, "answer"),
        ({"script": reset}, TEMPORARY, Reason.TIMEOUT_AFTER_DATA, ARRIVED, "answer"),
        ({"script": then(HALF, hang)}, TEMPORARY, Reason.TIMEOUT_AFTER_DATA, ARRIVED, "answer"),
        ({"script": then(HALF, drop)}, TEMPORARY, Reason.TIMEOUT_AFTER_DATA, ARRIVED, "answer"),
        (
            {"script": drip_after(b"HTTP/1.1 200 OK\r\nX-Long: ")},
            TEMPORARY,
            Reason.TIMEOUT_AFTER_DATA,
            ARRIVED,
            "answer",
        ),
        ({"script": then(b"\xff\xfe\x00\r\n\r\n", drop)}, TEMPORARY, Reason.TIMEOUT_AFTER_DATA, ARRIVED, "answer"),
        ({"script": then(b"220 mail.example.com\r\n", drop)}, TEMPORARY, Reason.TIMEOUT_AFTER_DATA, ARRIVED, "answer"),
        ({"script": then(b"HTTP/1.1 abc\r\n\r\n", drop)}, TEMPORARY, Reason.TIMEOUT_AFTER_DATA, ARRIVED, "answer"),
        ({"on_headers": stall}, TEMPORARY, Reason.TIMEOUT_BEFORE_DATA, SENT, "request"),
        ({"on_headers": reset}, TEMPORARY, Reason.CONNECT_REFUSED, SENT, "request"),
    ],
)
def test_only_what_follows_the_whole_request_may_have_arrived(
    web, transport, transcript, script, kind, reason, certainty, phase
):
    begun = time.monotonic()
    body = LARGE if "script" not in script else b"small"
    found = failure(transport, web(**script).url(), transcript, body=body, timeout=0.5)
    assert (type(found), found.reason, found.certainty) == (kind, reason, certainty)
    assert transcript.reached == names(transcript)[-1] == phase
    assert transcript.phases[-1].words == found.reply
    assert time.monotonic() - begun < 2


def test_a_reset_before_anything_was_read(web, transport):
    """The system may have taken the whole request before it learns that nobody is there."""
    found = failure(transport, web(on_connect=reset).url())
    assert (found.reason, found.certainty) in {
        (Reason.CONNECT_REFUSED, SENT),
        (Reason.TIMEOUT_AFTER_DATA, ARRIVED),
    }


def test_nobody_listening(transport, transcript):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = failure(transport, f"http://127.0.0.1:{taken.getsockname()[1]}/", transcript)
    assert (found.reason, found.certainty) == (Reason.CONNECT_REFUSED, SENT)
    assert names(transcript) == ["look-up", "connect"]


def test_no_line_to_be_had(web, transport, monkeypatch):
    def refuse():
        raise pycurl.error("initializing curl failed")

    monkeypatch.setattr(pycurl, "Curl", refuse)
    found = failure(transport, web().url())
    assert (type(found), found.reason, found.certainty) == (TEMPORARY, Reason.CONNECT_REFUSED, SENT)


def test_a_full_backlog_does_not_answer_in_time(transport):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        found = failure(transport, f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.2)
        for each in waiting:
            each.close()
    assert (found.reason, found.certainty) == (Reason.CONNECT_TIMEOUT, SENT)


def test_a_name_that_nobody_knows(transport, transcript, monkeypatch):
    monkeypatch.setattr(_net.socket, "getaddrinfo", no_such_name)
    found = failure(transport, "https://nowhere.invalid/", transcript)
    assert (type(found), found.reason, found.certainty) == (TEMPORARY, Reason.DNS, SENT)
    assert names(transcript) == ["look-up"]


def test_after_a_failure_the_next_request_begins_anew(web, transport):
    server = web([drop, 200])
    failure(transport, server.url())
    assert ask(transport, server.url()).status == 200
    assert server.connections == 2


# --- encryption ---


def test_an_encrypted_request_tells_its_version_and_how_long_the_certificate_lasts(web, transport, certificate):
    server, transcript = web(tls=certificate.context), Transcript(time.monotonic, datetime.now(UTC))
    ask(transport, server.url(), transcript, secret=True)
    tls = next(phase.words for phase in transcript.phases if phase.name == "TLS")
    assert names(transcript) == ["look-up", "connect", "TLS", "request", "answer"]
    assert tls.startswith("TLSv1.3, certificate valid until ")
    assert tls.endswith(" 0 days left")


def test_a_certificate_authority_of_ones_own_is_trusted_beside_the_others(web, certificate, make_certificate):
    """Both the one that the system trusts and the one that is pasted in."""
    own = make_certificate()
    transport = Transport(LOOPBACK, ca=own.file.read_text().partition("-----BEGIN PRIVATE")[0])
    for each in (certificate, own):
        assert ask(transport, web(tls=each.context).url()).status == 200


@pytest.mark.parametrize("wrong", ["untrusted", "another name", "expired"])
def test_a_bad_certificate_is_refused(web, make_certificate, monkeypatch, transcript, wrong):
    made = {
        "untrusted": make_certificate,
        "another name": lambda: make_certificate("elsewhere.example.com", "192.0.2.1"),
        "expired": lambda: make_certificate(days=-1),
    }[wrong]()
    if wrong != "untrusted":
        monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    server = web(tls=made.context)
    found = failure(Transport(LOOPBACK), server.url(), transcript)
    assert (type(found), found.reason, found.certainty) == (CONFIGURATION, Reason.TLS, SENT)
    assert "certificate was refused" in found.reply
    assert names(transcript) == ["look-up", "connect", "TLS"]
    assert not server.requests


@pytest.mark.parametrize("ca", ["x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "größer"])
def test_what_is_no_certificate_is_never_trusted(web, certificate, ca):
    assert problem_in_certificates(ca)
    server = web(tls=certificate.context)
    found = failure(Transport(LOOPBACK, ca=ca), server.url())
    assert (type(found), found.reason, server.connections) == (CONFIGURATION, Reason.TLS, 0)


def test_without_the_systems_certificates_nothing_is_trusted(web, certificate, monkeypatch, tmp_path):
    (tmp_path / "none.pem").write_text("nothing\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    found = failure(Transport(LOOPBACK), web(tls=certificate.context).url())
    assert (type(found), found.reason) == (CONFIGURATION, Reason.TLS)
    assert "could not be read" in found.reply


def test_a_server_that_speaks_no_tls(web, transport, transcript):
    server = web(on_connect=then(b"HTTP/1.1 400 what?\r\n\r\n", hang))
    found = failure(transport, server.url().replace("http:", "https:"), transcript)
    assert (type(found), found.reason, found.certainty) == (TEMPORARY, Reason.TLS, SENT)
    assert transcript.reached == "TLS"


def test_a_server_that_is_silent_where_encryption_should_begin(web, transport, transcript):
    found = failure(transport, web(on_connect=hang).url().replace("http:", "https:"), transcript, timeout=0.3)
    assert (found.reason, found.certainty, transcript.reached) == (Reason.TIMEOUT_BEFORE_DATA, SENT, "TLS")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_old_version_of_tls_is_refused(web, transport, certificate):
    certificate.context.minimum_version = ssl.TLSVersion.TLSv1
    certificate.context.maximum_version = ssl.TLSVersion.TLSv1_1
    found = failure(transport, web(tls=certificate.context).url())
    assert (type(found), found.reason) == (TEMPORARY, Reason.TLS)


def no_such_name(*_, **__):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
