"""HTTP for providers, over real sockets: what is dialled, what is read, and how each trouble is called."""

import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from tests.support.smtp import drop, hang, raw, reset
from tests.support.web import answer, drip_after, gush, gzip_bomb, stall, then
from webapp.domain.envelope import Certainty, ConfigurationFailure, Failure, TemporaryFailure, Transcript
from webapp.domain.reason import Reason
from webapp.providers import _line, _net, _transport
from webapp.providers._net import Target
from webapp.providers._transport import Request, Transport, problem_in_ca, problem_in_url, retry_after

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
SENT, ARRIVED = Certainty.NOT_SENT, Certainty.MAY_HAVE_ARRIVED
TEMPORARY, CONFIGURATION = TemporaryFailure, ConfigurationFailure
LARGE = b"x" * (1 << 24)  # more than the sockets of both sides hold
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n"


@pytest.fixture
def transport():
    made = Transport(LOOPBACK)
    yield made
    made.close()


def ask(transport, url, transcript=None, *, body=b'{"a":1}', method="POST", timeout=5.0, **further):
    return transport.ask(
        Request(method, url, further.pop("headers", {}), body, timeout, **further), transcript or new_transcript()
    )


def failure(*given, **further):
    with pytest.raises(Failure) as caught:
        ask(*given, **further)
    return caught.value


def new_transcript(monotonic=time.monotonic):
    return Transcript(monotonic, NOW)


def names(transcript):
    return [phase.name for phase in transcript.phases]


# --- what goes out, and what comes back ---


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
        "127.0.0.1 is 127.0.0.1: allowed",
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


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\rb", "a\0b"])
def test_a_header_cannot_begin_another(web, transport, value):
    server = web()
    with pytest.raises(ValueError, match="end of a line"):
        ask(transport, server.url(), headers={"X-Name": value})
    assert not server.requests


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


# --- what goes wrong ---


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
    assert problem_in_ca(ca)
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


def test_plain_http_leaves_for_the_public_internet_never(transport, transcript, monkeypatch):
    monkeypatch.setattr(_line.Line, "exchange", lambda *_: pytest.fail("dialled"))
    found = failure(transport, "http://93.184.216.34/", transcript)
    assert (type(found), found.reason) == (CONFIGURATION, Reason.TLS)
    assert "https" in found.reply


def test_credentials_leave_in_clear_to_this_machine_only(web):
    host = own_address()
    server, transport = web(host=host), Transport((ip_network(host),))
    assert ask(transport, server.url()).status == 200
    for _ in range(2):
        found = failure(transport, server.url(), secret=True)
        assert (type(found), found.reason, len(server.requests)) == (CONFIGURATION, Reason.TLS, 1)
    local = web()
    assert ask(Transport(LOOPBACK), local.url(), secret=True).status == 200


# --- what may be dialled ---


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "LOCALHOST", "[::1]", "0", "0.0.0.0",
     "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "127.0.0.1.",
     "[fe80::1%25lo]", "127%2e0.0.1", "①27.0.0.1"],
)  # fmt: skip
def test_no_spelling_leads_to_a_network_that_is_not_listed(web, host):
    server = web()
    found = failure(Transport(()), server.url(host=host))
    assert found.reason in {Reason.BLOCKED_TARGET, Reason.DNS}
    assert not server.connections


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "LocalHost"])
def test_where_it_is_listed_each_spelling_works(web, transport, host):
    assert ask(transport, web().url(host=host)).status == 200


def test_a_refusal_is_the_same_for_an_open_port_and_a_closed_one(web):
    server = web()
    found = [failure(Transport(()), url).reply for url in (server.url(), "http://127.0.0.1:1/")]
    assert found[0] == found[1]
    assert not server.connections


def test_the_address_is_judged_again_when_it_is_dialled(web, monkeypatch, transcript):
    """Even if the look-up were to let something through."""
    server = web()
    lie = [Target(socket.AF_INET, ("127.0.0.1", server.port))]
    monkeypatch.setattr(_transport, "look_up", lambda *_, **__: lie)
    found = failure(Transport(()), server.url().replace("http:", "https:"), transcript)
    assert (type(found), found.reason) == (CONFIGURATION, Reason.BLOCKED_TARGET)
    assert names(transcript) == ["look-up", "connect"]
    assert not server.connections


def test_an_address_that_was_not_looked_up_is_not_dialled(web, monkeypatch):
    """Whatever libcurl makes of the host: what counts is what was judged."""
    server, other = web(), web()
    monkeypatch.setattr(_transport, "look_up", lambda *_, **__: [Target(socket.AF_INET, ("127.0.0.2", server.port))])
    transport = Transport(LOOPBACK)
    found = failure(transport, server.url(host="localhost"))
    assert found.reason is Reason.CONNECT_REFUSED
    assert not server.connections + other.connections


def test_a_kept_connection_is_judged_before_each_request(web, transport):
    server = web()
    ask(transport, server.url())
    (line,) = transport._lines().values()
    line._judged = set()
    found = failure(transport, server.url())
    assert (type(found), found.reason) == (CONFIGURATION, Reason.BLOCKED_TARGET)
    assert len(server.requests) == 1


def test_a_name_that_answers_differently_the_next_time_gains_nothing(web, transport, monkeypatch):
    server, clock = web(), Clock()
    resolve(monkeypatch, "127.0.0.1")
    assert ask(transport, server.url(host="rebinding.example.com"), new_transcript(clock)).status == 200
    resolve(monkeypatch, "169.254.169.254")
    assert ask(transport, server.url(host="rebinding.example.com"), new_transcript(clock)).status == 200
    clock.now += _line.LIFE
    found = failure(transport, server.url(host="rebinding.example.com"), new_transcript(clock))
    assert (found.reason, len(server.requests)) == (Reason.BLOCKED_TARGET, 2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(web, transport, status):
    elsewhere = web()
    got = ask(transport, web(answer(status, Location=elsewhere.url())).url())
    assert (got.status, got.headers["location"]) == (status, elsewhere.url())
    assert not elsewhere.connections


def test_nothing_comes_from_the_environment_or_from_a_former_answer(web, transport, monkeypatch, tmp_path):
    trap, server = web(), web(answer(200, Set_Cookie="a=b; Path=/"))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, trap.url(""))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login emil password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for _ in range(2):
        ask(transport, server.url())
    assert not trap.connections
    assert not {"cookie", "authorization"} & set(server.requests[1].headers)


# --- connections that are kept ---


def test_a_connection_is_kept_and_the_transcript_says_so(web, transport, transcript):
    server = web()
    ask(transport, server.url())
    ask(transport, server.url("/again"), transcript)
    assert server.connections == 1
    assert names(transcript) == ["request", "answer"]
    assert transcript.phases[0].words.endswith("on the kept connection to 127.0.0.1")


def test_a_silent_connection_is_not_kept_for_long(web, transport):
    server, clock = web(), Clock()
    ask(transport, server.url(), new_transcript(clock))
    clock.now += _line.IDLE
    ask(transport, server.url(), new_transcript(clock))
    assert server.connections == 2


def test_a_connection_that_the_far_side_ended_is_made_anew(web, transport):
    server = web([then(answer(200), drop), 200])
    ask(transport, server.url())
    server.wait_until_it_hung_up()
    assert ask(transport, server.url()).status == 200
    assert len(server.requests) == 2


@pytest.mark.parametrize(("method", "body"), [("POST", b"x"), ("POST", b""), ("DELETE", b""), ("GET", b"")])
def test_one_try_never_makes_two_requests(web, transport, method, body):
    """libcurl by itself repeats a request whose kept connection breaks before the answer."""
    server = web([200, drop, 200])
    ask(transport, server.url())
    found = failure(transport, server.url(), method=method, body=body)
    assert (found.reason, found.certainty) == (Reason.TIMEOUT_AFTER_DATA, ARRIVED)
    assert len(server.requests) == 2


def test_each_thread_keeps_its_own(web, transport):
    server = web(answer(200, b"ok"))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda number: ask(transport, server.url(f"/{number}")).status, range(400)))
    assert found == [200] * 400
    assert sorted(int(asked.path[1:]) for asked in server.requests) == list(range(400))
    assert server.connections <= 8


def test_a_thread_keeps_connections_to_a_few_places_only(web, transport):
    servers = [web() for _ in range(_transport.MOST_LINES + 1)]
    for server in (*servers, servers[0]):
        ask(transport, server.url())
    assert servers[0].connections == 2
    assert len(transport._lines()) == _transport.MOST_LINES
    transport.close()
    transport.close()
    assert not transport._lines()


# --- words ---


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0), ("7", 7), (" 120 ", 120), ("9" * 5000, 999999999999), ("-5", None), ("1.5", None), ("soon", None),
        ("", None), ("²", None), ("١", None), ("1e9", None), ("nan", None),
        ("Sun, 01 Mar 2026 12:31:00 GMT", 60), ("Sun, 01 Mar 2026 13:31:00 +0100", 60),
        ("Sun, 01 Mar 2026 12:31:00", 60), ("Sun, 01 Mar 2026 12:29:00 GMT", 0),
        ("Sun, 99 Mar 2026 12:29:00 GMT", None), ("Sun, 01 Mar 99999999 12:29:00 GMT", None), ("12:31:00", None),
    ],
)  # fmt: skip
def test_retry_after_is_understood_or_ignored(said, seconds):
    assert retry_after({"retry-after": said}, NOW) == seconds


def test_no_retry_after_asks_for_nothing():
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize(
    "url", ["https://a.example", "http://127.0.0.1:8080/x?y=%20", "HTTPS://a.example/", "https://[::1]/"]
)
def test_an_address_that_can_be_asked(url):
    assert problem_in_url(url) is None


@pytest.mark.parametrize(
    "url",
    ["", "a.example", "//a.example/", "https://@a.example/", "ftp://a.example/", "file:///etc/passwd", "https://", "https:///x",
     "https://a b/", "https://a.example:99999/", "https://a.example:x/", "https://a.example:0/", "https://emil:secret@a.example/",
     "https://münchen.example/", "https://a.example\\@b.example/", "https://a.example/\r\nX: y", "https://a.example/#x",
     "https://[::1/", "gopher://a.example/"],
)  # fmt: skip
def test_an_address_that_cannot(url, transport):
    assert (problem_in_url(url) or "").endswith(".")
    found = failure(transport, url)
    assert (type(found), found.reason) == (CONFIGURATION, Reason.BLOCKED_TARGET)


class Clock:
    """A stopwatch that a test turns."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def resolve(monkeypatch, address):
    """Make every name have this address."""

    def getaddrinfo(host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(_net.socket, "getaddrinfo", getaddrinfo)


def no_such_name(*_, **__):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def own_address():
    """An address of this machine that is not loopback. Nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return sock.getsockname()[0]
