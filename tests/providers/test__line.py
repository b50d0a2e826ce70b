"""What is dialled, and which connections are kept: over real sockets, with traps beside them."""

import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network

import pytest

from tests.support.asking import LOOPBACK, Clock, ask, failure, names, new_transcript
from tests.support.smtp import drop, reset
from tests.support.web import answer, stall, then
from tests.support.world import wait_for
from webapp.domain.envelope import Certainty, ConfigurationFailure
from webapp.domain.reason import Reason
from webapp.providers import _line, _net, _transport
from webapp.providers._net import Target
from webapp.providers._transport import Transport

ARRIVED, CONFIGURATION = Certainty.MAY_HAVE_ARRIVED, ConfigurationFailure


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


def test_the_internet_protocol_of_today_works_too(web, transport, transcript):
    try:
        server = web(host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert ask(transport, server.url(host="[::1]"), transcript).status == 200
    assert transcript.phases[1].words == f"::1, port {server.port}"


def test_the_next_address_is_tried_where_one_refuses(web, transport, monkeypatch, transcript):
    server = web()
    resolve(monkeypatch, "127.0.0.2", "127.0.0.1")
    assert ask(transport, server.url(host="two.example.com"), transcript).status == 200
    assert transcript.phases[1].words == f"127.0.0.1, port {server.port}"


def test_of_several_addresses_only_those_that_passed_are_dialled(web, monkeypatch):
    trap = web()
    resolve(monkeypatch, "169.254.169.254", "127.0.0.1", "127.0.0.2")
    transport = Transport((ip_network("127.0.0.2/32"),))
    found = failure(transport, trap.url(host="three.example.com"))
    assert found.reason is Reason.CONNECT_REFUSED
    assert not trap.connections


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


def test_a_connection_that_is_gone_before_anything_has_left_is_made_anew(web, transport, transcript, monkeypatch):
    """Also where that shows as late as when the request is to leave."""
    server = web([then(answer(200), reset), 200])
    ask(transport, server.url())
    server.wait_until_it_hung_up()
    (line,) = transport._lines().values()
    wait_for(lambda: not line.still_good(0))
    monkeypatch.setattr(line, "still_good", lambda _: True)
    assert ask(transport, server.url(), transcript).status == 200
    assert names(transcript) == ["look-up", "connect", "request", "answer"]
    assert len(server.requests) == server.connections == 2


def test_a_large_request_that_a_kept_connection_did_not_take_whole_cannot_have_arrived(web, transport):
    server = web()
    ask(transport, server.url())
    server.on_headers = reset
    found = failure(transport, server.url(), body=b"x" * (1 << 24))
    assert (found.reason, found.certainty) == (Reason.CONNECT_REFUSED, Certainty.NOT_SENT)


@pytest.mark.parametrize(("status", "taken"), [(200, False), (202, False), (413, True)])
def test_a_yes_before_the_request_has_left_is_none(web, transport, status, taken):
    server = web(on_headers=then(answer(status), stall))
    if taken:  # a no needs no whole request
        assert ask(transport, server.url(), body=b"x" * (1 << 24)).status == status
        return
    found = failure(transport, server.url(), body=b"x" * (1 << 24))
    assert (found.reason, found.certainty) == (Reason.CONNECT_REFUSED, Certainty.NOT_SENT)
    assert str(status) in found.reply


@pytest.mark.parametrize(("method", "body"), [("POST", b"x"), ("POST", b""), ("DELETE", b""), ("GET", b"")])
def test_one_try_never_makes_two_requests(web, transport, method, body):
    """Not even where a kept connection breaks before the answer."""
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


def resolve(monkeypatch, *addresses):
    """Make every name have these addresses."""

    def getaddrinfo(host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(_net.socket, "getaddrinfo", getaddrinfo)


def own_address():
    """An address of this machine that is not loopback. Nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return sock.getsockname()[0]
