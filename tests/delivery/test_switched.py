"""What is asked by HTTP: one thread waits on all lines that are kept, and whatever a far side does there is judged."""

from threading import Event

import pytest

from tests.support.office import HttpOffice
from tests.support.smtp import drop, hang, reset
from tests.support.web import answer, drip_after, gush, then
from tests.support.world import WITHIN, wait_for
from webapp.delivery.lot import Dropped, Finished
from webapp.delivery.switched import HttpShare
from webapp.domain.envelope import Accepted, Certainty
from webapp.domain.reason import Reason
from webapp.providers import Gone
from webapp.providers._line import Line

pytestmark = pytest.mark.one_database

SENT, ARRIVED = Certainty.NOT_SENT, Certainty.MAY_HAVE_ARRIVED


@pytest.fixture
def office(clock, tmp_path):
    offices = []

    def make(url, **settings):
        offices.append(HttpOffice(clock, tmp_path, url, **settings))
        return offices[-1]

    yield make
    for one in offices:
        one.senders.close()


def phases(ended):
    return [phase.name for phase in ended.result.transcript.phases]


def test_the_first_opens_a_line_and_all_that_follow_go_through_it(web, office):
    server = web()
    one = office(server.url(), concurrency=1)
    ended = [one.send(number) for number in range(5)]
    assert all(isinstance(it.result.outcome, Accepted) for it in ended)
    assert [phases(it) for it in ended] == [["look-up", "connect", "request", "answer"]] + [["request", "answer"]] * 4
    assert (server.connections, len(server.requests)) == (1, 5)


def test_never_more_lines_than_sends_at_once_and_each_envelope_once(web, office):
    server = web()
    one = office(server.url(), concurrency=4)
    for number in range(60):
        one.hand_over(number)
    ended = [one.next() for _ in range(60)]
    assert {it.ready.envelope.id for it in ended} == {str(number) for number in range(60)}
    assert len(server.requests) == 60
    assert server.connections <= 4


@pytest.mark.parametrize(("most", "lines"), [(0, 1), (2, 2)])
def test_all_shares_together_have_so_many_lines_and_each_has_one(web, office, monkeypatch, most, lines):
    monkeypatch.setattr("webapp.delivery._share.MOST_LINES", most)
    held = Event()
    server = web(lambda conversation: held.wait(WITHIN) and conversation.say(answer(200)))
    one = office(server.url(), concurrency=4)
    for number in range(12):
        one.hand_over(number)
    wait_for(lambda: server.connections == lines)
    held.set()
    assert all(isinstance(one.next().result.outcome, Accepted) for _ in range(12))
    assert server.connections == lines
    one.senders.close()
    wait_for(lambda: not one.share.is_at_work)
    assert one.senders._operator.lines._taken == 0


# what comes on a line that is kept; then the reason, and what is certain
FAULTS = {
    "closed without an answer": (drop, Reason.TIMEOUT_AFTER_DATA, ARRIVED),
    "reset without an answer": (reset, Reason.TIMEOUT_AFTER_DATA, ARRIVED),
    "silent": (hang, Reason.TIMEOUT_AFTER_DATA, ARRIVED),
    "closed amid the headers": (then(b"HTTP/1.1 200 OK\r\nX-One: ", drop), Reason.TIMEOUT_AFTER_DATA, ARRIVED),
    "a drip of headers": (drip_after(b"HTTP/1.1 200 OK\r\nX-Long: "), Reason.TIMEOUT_AFTER_DATA, ARRIVED),
    "no HTTP": (then(b"220 mail.example.com\r\n", drop), Reason.TIMEOUT_AFTER_DATA, ARRIVED),
    "busy": (503, Reason.SERVER_BUSY, SENT),
    "gone": (410, Reason.GONE, SENT),
    "moved": (301, Reason.REDIRECTED, SENT),
    "an error": (500, Reason.HTTP_5XX, SENT),
}


@pytest.mark.parametrize(("script", "reason", "certainty"), FAULTS.values(), ids=FAULTS)
def test_whatever_comes_on_a_kept_line_is_judged_and_nothing_is_sent_twice(web, office, script, reason, certainty):
    server = web([200, script, 200])
    one = office(server.url(), timeout=0.5, concurrency=1)
    one.send(1)
    failed = one.send(2).result
    assert (failed.outcome.reason, failed.outcome.certainty) == (reason, certainty)
    assert [phase.name for phase in failed.transcript.phases] == ["request", "answer"]
    assert isinstance(one.send(3).result.outcome, Accepted)
    assert len(server.requests) == 3


@pytest.mark.parametrize("script", [gush(200), drip_after(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")])
def test_an_answer_counts_on_a_kept_line_whatever_becomes_of_its_body(web, office, script):
    one = office(web([200, script, 200]).url(), timeout=0.5, concurrency=1)
    assert all(isinstance(one.send(number).result.outcome, Accepted) for number in range(3))


def test_a_line_that_the_far_side_has_ended_is_made_anew(web, office):
    server = web([then(answer(200), drop), 200])
    one = office(server.url(), concurrency=1)
    one.send(1)
    server.wait_until_it_hung_up()
    assert isinstance(one.send(2).result.outcome, Accepted)
    assert (server.connections, len(server.requests)) == (2, 2)


def test_what_has_not_left_on_a_line_goes_out_on_another(web, office, monkeypatch):
    begin = Line.begin

    def lose(line, *asked):
        if line._kept:
            line.close()
            raise Gone
        return begin(line, *asked)

    monkeypatch.setattr(Line, "begin", lose)
    server = web()
    one = office(server.url(), concurrency=1)
    one.send(1)
    ended = one.send(2)
    assert isinstance(ended.result.outcome, Accepted)
    assert phases(ended) == ["look-up", "connect", "request", "answer"]
    assert len(server.requests) == server.connections == 2


def test_a_large_request_leaves_piece_by_piece(web, office):
    server = web()
    one = office(server.url(), concurrency=1)
    one.send(1)
    ended = one.send(2, text="x" * (1 << 23))
    assert isinstance(ended.result.outcome, Accepted)
    assert (server.connections, len(server.requests[1].body) > 1 << 23) == (1, True)
    assert isinstance(one.send(3).result.outcome, Accepted)


def test_a_line_that_is_too_old_is_made_anew(web, office, clock):
    server = web()
    one = office(server.url(), concurrency=1)
    one.send(1)
    clock.advance(31)
    one.send(2, left_s=120)
    assert server.connections == 2


def test_nothing_is_sent_on_a_line_under_a_lease_that_may_end_meanwhile(web, office):
    server = web()
    one = office(server.url(), concurrency=1)
    one.send(1)
    assert isinstance(one.send(2, left_s=4.9), Dropped)
    assert isinstance(one.send(3), Finished)
    assert len(server.requests) == 2


@pytest.mark.parametrize("error", [ZeroDivisionError, SystemExit])
@pytest.mark.parametrize(("name", "script"), [("request", 200), ("judged", 200), ("unanswered", drop)])
def test_a_plugin_s_bug_loses_nothing_and_stops_nobody(web, office, monkeypatch, name, script, error):
    one = office(web([200, *([script] if name != "request" else []), 200]).url(), concurrency=1)
    one.send(1)
    with monkeypatch.context() as patched:
        patched.setattr(type(one.made[0]), name, refuse(error("a bug")))
        outcome = one.send(2).result.outcome
    assert outcome.certainty is ARRIVED
    assert error.__name__ in outcome.reply
    assert isinstance(one.send(3).result.outcome, Accepted)


@pytest.mark.parametrize("first", [200, then(answer(200), drop)], ids=["too old", "hung up over there"])
def test_what_comes_while_the_only_line_is_given_up_gets_another(web, office, clock, monkeypatch, first):
    one = office(web([first, 200]).url(), concurrency=1)
    lose_place, came = HttpShare._lose_place, []

    def lose_later(share):
        if not came:
            came.append(one.hand_over(2, left_s=120))  # no line is free, and there is no place yet
        lose_place(share)

    monkeypatch.setattr(HttpShare, "_lose_place", lose_later)
    one.send(1)
    wait_for(lambda: one.share._free or came)
    clock.advance(31)
    wait_for(lambda: one.senders._operator._board.ring() or came)
    assert isinstance(one.next().result.outcome, Accepted)


def test_an_edited_account_gets_lines_of_its_own_and_the_old_ones_end(web, office):
    server = web()
    one = office(server.url(), concurrency=1)
    one.send(1)
    old = one.share
    one.send(2, version=2)
    server.wait_until_it_hung_up(1)
    assert old is not one.share
    assert server.connections == 2


def test_what_nobody_has_begun_with_can_be_taken_back(web, office):
    begun, held = Event(), Event()

    def hold(conversation):
        begun.set()
        held.wait(WITHIN)
        conversation.say(answer(200))

    server = web([200, hold, 200])
    one = office(server.url(), concurrency=1)
    one.send(1)
    for number in (2, 3, 4):
        one.hand_over(number)
    assert begun.wait(WITHIN)
    one.senders.take_back()
    assert [type(one.next()) for _ in range(2)] == [Dropped] * 2
    held.set()
    assert isinstance(one.next(), Finished)


def test_what_is_too_old_is_hung_up_also_while_others_are_busy(web, office, clock):
    one = office(web().url(), concurrency=1)
    one.send(1)
    operator = one.senders._operator
    wait_for(lambda: one.share._free)
    clock.advance(31)
    wait_for(lambda: operator._board.ring() or not one.share.is_at_work)
    one.senders.forget_idle()
    assert one.senders._shares == {}
    wait_for(lambda: not operator._shares)


@pytest.mark.parametrize(
    ("name", "error"),
    [("Switchboard", OSError(24, "Too many open files")), ("Thread", RuntimeError("can't start new thread"))],
)
def test_where_nobody_can_look_after_lines_what_waits_comes_back_and_is_sent_later(
    web, office, monkeypatch, name, error
):
    held = Event()
    server = web([lambda conversation: held.wait(WITHIN) and conversation.say(answer(200)), 200])
    one = office(server.url(), concurrency=1)
    with monkeypatch.context() as patched:
        patched.setattr(f"webapp.delivery._operator.{name}", refuse(error))
        one.hand_over(1)
        one.hand_over(2)
        held.set()
        assert [type(one.next()) for _ in range(2)] == [Finished, Dropped]
    wait_for(lambda: not one.share.is_at_work)
    assert all(isinstance(one.send(number).result.outcome, Accepted) for number in (3, 4))
    assert server.connections == 2


def test_a_thread_that_fails_gives_its_place_back(web, office, monkeypatch):
    server = web()
    one = office(server.url(), concurrency=1)
    with monkeypatch.context() as patched:
        patched.setattr("webapp.providers._transport.Transport.release", refuse(RuntimeError("a bug")))
        one.send(1)
        wait_for(lambda: not one.share.is_at_work)
    assert isinstance(one.send(2).result.outcome, Accepted)


def refuse(error):
    def refusing(*_, **__):
        raise error

    return refusing
