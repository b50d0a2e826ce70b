"""Guarded sockets: what may be dialled, what never, and how each trouble is called."""

import itertools
import socket
import threading
from ipaddress import ip_address, ip_network

import pytest

from webapp.domain.envelope import Certainty, ConfigurationFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.providers import _net
from webapp.providers._net import Deadline, Target, allowed_words, connect, look_up, refusal

LOOPBACK = (ip_network("127.0.0.0/8"),)
EVERYTHING = (ip_network("0.0.0.0/0"), ip_network("::/0"))

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1",
    "2606:4700::1111", "2a00::1",
]  # fmt: skip
IF_LISTED = [
    "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.255", "172.16.0.1",
    "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
    "203.0.113.1", "::1", "2001:db8::1", "3fff::1", "fc00::1", "fd12:3456::1",
]  # fmt: skip
NEVER = [
    "0.0.0.0", "0.1.2.3", "100.100.100.200", "168.63.129.16", "169.254.169.254", "169.254.0.1", "192.0.0.192",
    "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::2", "::127.0.0.1",
    "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2002:7f00:1::",
    "2002:808:808::", "5f00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%1", "febf::1",
    "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_may_be_dialled(address):
    assert refusal(ip_address(address), ()) is None


@pytest.mark.parametrize("address", IF_LISTED)
def test_what_an_administrator_lists_may_be_dialled_and_else_not(address):
    assert "BELFRY_ALLOWED_NETWORKS" in (refusal(ip_address(address), ()) or "")
    assert refusal(ip_address(address), EVERYTHING) is None


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_dialled_whatever_is_listed(address):
    listed = (*EVERYTHING, ip_network(address.partition("%")[0]))
    assert "Never allowed" in (refusal(ip_address(address), listed) or "")


@pytest.mark.parametrize(
    "spelling", ["127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "localhost", "::1"]
)
def test_no_spelling_of_loopback_gets_through(spelling):
    with pytest.raises(ConfigurationFailure) as caught:
        look_up(spelling, 25, allowed=(), wait=5)
    assert caught.value.reason is Reason.BLOCKED_TARGET


def test_what_may_not_be_dialled_is_not_among_the_targets(monkeypatch):
    """A name with a good and a bad address leads to the good one only."""
    answer(monkeypatch, "8.8.8.8", "127.0.0.1", "169.254.169.254")
    assert [str(target) for target in look_up("both.example.com", 25, allowed=(), wait=5)] == ["8.8.8.8"]


def test_the_address_that_was_judged_is_the_one_that_is_dialled(monkeypatch):
    """A name that answers differently the second time is not asked a second time."""
    answer(monkeypatch, "127.0.0.1")
    listener = socket.create_server(("127.0.0.1", 0))
    targets = look_up("rebinding.example.com", listener.getsockname()[1], allowed=LOOPBACK, wait=5)
    answer(monkeypatch, "169.254.169.254")
    with listener, connect(targets, deadline=deadline(), timeout=5) as dialled:
        assert dialled.getpeername() == listener.getsockname()


def test_a_refusal_is_the_same_for_an_open_port_and_a_closed_one():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        opened, closed = (refused_words(port) for port in (listener.getsockname()[1], 1))
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert opened == closed


@pytest.mark.parametrize(
    "name", ["", "no such name", "a..b.example.com", "x" * 300, "nul\0.example.com", "nowhere.invalid"]
)
def test_what_is_no_name_is_a_dns_failure(name, monkeypatch):
    if name == "nowhere.invalid":
        monkeypatch.setattr(_net.socket, "getaddrinfo", no_such_name)
    with pytest.raises((TemporaryFailure, ConfigurationFailure)) as caught:
        look_up(name, 25, allowed=(), wait=5)
    assert caught.value.reason in {Reason.DNS, Reason.BLOCKED_TARGET}


def test_where_no_thread_is_left_to_look_up_nothing_has_left(monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_net.Thread, "start", refuse)
    with pytest.raises(TemporaryFailure) as caught:
        look_up("mail.example.com", 25, allowed=(), wait=5)
    assert (caught.value.reason, caught.value.certainty) == (Reason.DNS, Certainty.NOT_SENT)


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch):
    released = threading.Event()

    def hang(*_, flags=0, **__):
        if flags:
            raise socket.gaierror(socket.EAI_NONAME, "not a number")
        released.wait(30)
        return []

    monkeypatch.setattr(_net.socket, "getaddrinfo", hang)
    with pytest.raises(TemporaryFailure) as caught:
        look_up("slow.example.com", 25, allowed=(), wait=0.05)
    released.set()
    assert caught.value.reason is Reason.DNS


def test_the_next_address_is_tried_where_one_refuses():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        targets = [Target(socket.AF_INET, ("127.0.0.2", port)), Target(socket.AF_INET, ("127.0.0.1", port))]
        with connect(targets, deadline=deadline(), timeout=5) as dialled:
            assert dialled.getpeername()[0] == "127.0.0.1"
            assert dialled.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_closed_port_refuses():
    with pytest.raises(TemporaryFailure) as caught:
        connect([Target(socket.AF_INET, ("127.0.0.1", 1))], deadline=deadline(), timeout=5)
    assert caught.value.reason is Reason.CONNECT_REFUSED


def test_a_full_backlog_does_not_answer_in_time():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        target = Target(socket.AF_INET, listener.getsockname())
        waiting = [_started(target.address) for _ in range(4)]
        with pytest.raises(TemporaryFailure) as caught:
            connect([target], deadline=deadline(), timeout=0.05)
        for each in waiting:
            each.close()
    assert caught.value.reason is Reason.CONNECT_TIMEOUT


def test_no_time_left_is_a_timeout():
    with pytest.raises(TemporaryFailure) as caught:
        connect([Target(socket.AF_INET, ("127.0.0.1", 1))], deadline=Deadline(-1, lambda: 0.0), timeout=5)
    assert caught.value.reason is Reason.CONNECT_TIMEOUT


def test_a_deadline_gives_what_is_left_and_then_nothing():
    ticks = itertools.count(0, 4)
    end = Deadline(10, lambda: float(next(ticks)))
    assert [end.left(5), end.left(5)] == [5, 2]
    with pytest.raises(TimeoutError):
        end.left(5)


def answer(monkeypatch, *addresses):
    """Make every name have these addresses."""

    def getaddrinfo(host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(_net.socket, "getaddrinfo", getaddrinfo)


def no_such_name(*_, **__):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def refused_words(port):
    with pytest.raises(ConfigurationFailure) as caught:
        look_up("127.0.0.1", port, allowed=(), wait=5)
    return str(caught.value)


def deadline():
    return Deadline(5, lambda: 0.0)


def _started(address):
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex(address)
    return sock


@pytest.mark.parametrize(
    ("host", "words"), [("127.0.0.1", "127.0.0.1: allowed"), ("here.example", "here.example is 127.0.0.1: allowed")]
)
def test_a_look_up_that_went_well_names_each_once(host, words):
    assert allowed_words(host, [Target(socket.AF_INET, ("127.0.0.1", 25))]) == words
