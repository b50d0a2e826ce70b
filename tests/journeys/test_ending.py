"""Processes end: when asked to, in good order; when killed, without an orphan and without a loss."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from time import monotonic

import pytest
from sqlalchemy import select

from tests.support.house import House
from tests.support.mail import SmtpServer
from tests.support.server import STOPPED_WITHIN, Serve, Server
from webapp.models.delivery import Delivery

IN_FLIGHT = 8
STOP_GRACE_S = 15  # of a process, where nobody says otherwise
TIMEOUT = 25  # the provider's, in seconds: the most
BEGUN = select(Delivery.id).where(Delivery.state == "sending", Delivery.started_at.is_not(None))
PEOPLE = [f"reader-{number:02}" for number in range(20)]


@pytest.fixture
def furnished(house: House, smtp_server: SmtpServer) -> House:
    house.move_in("edith", *PEOPLE)
    house.open_channel()
    house.send_by(smtp_server.port, timeout=TIMEOUT)
    return house


@pytest.mark.both_databases
def test_sends_that_end_within_the_grace_are_written_down(
    furnished: House, serve: Serve, smtp_server: SmtpServer
) -> None:
    server = _hold_sends(furnished, serve, smtp_server)
    server.process.send_signal(signal.SIGTERM)
    furnished.wait(lambda: furnished.states()["queued"] == len(PEOPLE) - IN_FLIGHT, what="the rest given back")
    smtp_server.release()
    assert server.process.wait(timeout=STOPPED_WITHIN) == 0
    assert furnished.states() == {"sent": IN_FLIGHT, "queued": len(PEOPLE) - IN_FLIGHT}

    serve()
    _assert_each_arrived_once(furnished, smtp_server)


@pytest.mark.both_databases
def test_sends_that_never_end_are_given_back_and_cost_nothing(
    furnished: House, serve: Serve, smtp_server: SmtpServer
) -> None:
    server = _hold_sends(furnished, serve, smtp_server, STOP_GRACE="4")
    began = monotonic()
    assert server.stop() == 0
    assert monotonic() - began < TIMEOUT
    _assert_given_back_for_free(furnished)

    smtp_server.release()
    serve()
    _assert_each_arrived_once(furnished, smtp_server)
    assert {row.attempts for row in furnished.deliveries()} == {1}


def test_sends_that_time_out_while_the_server_stops_cost_nothing(
    house: House, serve: Serve, smtp_server: SmtpServer
) -> None:
    house.move_in("edith", *PEOPLE)
    house.open_channel()
    house.send_by(smtp_server.port, timeout=5)
    assert _hold_sends(house, serve, smtp_server).stop() == 0
    _assert_given_back_for_free(house)

    smtp_server.release()
    serve()
    _assert_each_arrived_once(house, smtp_server)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_at_once(serve: Serve, ending: signal.Signals) -> None:
    server = serve()
    server.process.send_signal(ending)
    assert server.process.wait(timeout=STOPPED_WITHIN) == 0
    assert server.members == []


def test_a_server_whose_parent_is_killed_leaves_no_process_behind(
    furnished: House, serve: Serve, smtp_server: SmtpServer
) -> None:
    server = _hold_sends(furnished, serve, smtp_server)
    assert len(server.members) == 2
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    furnished.wait(lambda: not server.members, within=5, what=f"no process left of {server.members}")


@pytest.mark.parametrize("which", [min, max])
def test_where_one_of_several_processes_is_killed_all_end(serve: Serve, which: Callable[[set[int]], int]) -> None:
    """Whoever looks after the server starts it anew; without one, nobody would have the jobs of the one that died."""
    server = serve(WEB_PROCESSES="2")
    server.wait(processes=2)
    os.kill(which({*server.members} - {server.process.pid}), signal.SIGKILL)
    assert server.process.wait(timeout=STOPPED_WITHIN) == 1
    assert server.members == []


def test_asked_to_end_while_it_begins_it_ends_at_once(serve: Serve, house: House) -> None:
    server = serve(wait=False, WEB_PROCESSES="3")
    house.wait(lambda: len(server.members) == 4, what="its processes begin")
    began = monotonic()
    assert server.stop() == 0
    assert monotonic() - began < STOP_GRACE_S


@pytest.mark.parametrize("processes", [1, 2])
def test_whoever_takes_the_place_of_others_takes_their_jobs(
    furnished: House, serve: Serve, smtp_server: SmtpServer, processes: int
) -> None:
    server = serve(WEB_PROCESSES=str(processes))
    server.wait(processes=processes)
    before = {*server.members} - {server.process.pid}
    server.process.send_signal(signal.SIGHUP)
    furnished.wait(lambda: not before & {*server.members}, within=STOPPED_WITHIN, what="others in their place")
    server.wait(processes=processes)
    furnished.post("edith", PEOPLE[:1], "Still there")
    smtp_server.wait_for(1)
    assert server.stop() == 0


def test_killed_again_and_again_in_the_middle_nothing_is_lost(
    house: House, serve: Serve, smtp_server: SmtpServer
) -> None:
    kills, wanted, begun = 3, 120, 0
    people = [f"reader-{number:03}" for number in range(wanted)]
    house.move_in("edith", *people)
    house.open_channel()
    house.send_by(smtp_server.port)
    smtp_server.latency = 0.05
    house.post("edith", people, "Storm")
    for kill in range(1, kills + 1):
        server = serve(LEASE="2", CONCURRENCY=str(IN_FLIGHT))
        smtp_server.wait_for(20 * kill)
        server.kill_all()
        begun += len(house.asked(BEGUN))
    serve(LEASE="2", CONCURRENCY=str(IN_FLIGHT))
    house.wait_until_all("sent")

    arrived = Counter(mail.recipients[0] for mail in smtp_server.mails)
    assert set(arrived) == {f"{name}@example.com" for name in people}
    assert arrived.total() - wanted <= begun, "a copy only of what was in flight"


def _hold_sends(furnished: House, serve: Serve, smtp_server: SmtpServer, **settings: str) -> Server:
    """A server with as many sends in flight as it may, none of which the mail server answers."""
    server = serve(CONCURRENCY=str(IN_FLIGHT), **settings)
    smtp_server.hold()
    furnished.post("edith", PEOPLE, "Storm")
    smtp_server.wait_until_held(IN_FLIGHT)
    return server


def _assert_given_back_for_free(furnished: House) -> None:
    assert furnished.states() == {"retrying": IN_FLIGHT, "queued": len(PEOPLE) - IN_FLIGHT}
    assert {(row.attempts, row.retries_left) for row in furnished.deliveries()} == {(0, 4)}


def _assert_each_arrived_once(furnished: House, smtp_server: SmtpServer) -> None:
    furnished.wait_until_all("sent")
    arrived = Counter(mail.recipients[0] for mail in smtp_server.mails)
    assert arrived == Counter(f"{name}@example.com" for name in PEOPLE)
