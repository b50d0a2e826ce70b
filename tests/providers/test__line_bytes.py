"""What goes through a connection, over real sockets, in clear and encrypted: piece by piece, in time, and unasked."""

import random
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from tests.support.asking import Clock, ask, failure, new_transcript
from tests.support.web import answer
from tests.support.world import wait_for
from webapp.domain.envelope import Certainty
from webapp.domain.reason import Reason
from webapp.providers import _line, _transport


@pytest.mark.parametrize("encrypted", [False, True])
def test_what_the_sockets_do_not_take_at_once_leaves_piece_by_piece(web, transport, certificate, encrypted):
    body = random.Random(7).randbytes(1 << 23)
    server = web(on_headers=lambda _: time.sleep(0.05), tls=certificate.context if encrypted else None)
    for _ in range(2):
        assert ask(transport, server.url(), body=body).status == 200
    assert [asked.body == body for asked in server.requests] == [True, True]
    assert server.connections == 1


@pytest.mark.parametrize("encrypted", [False, True])
def test_an_answer_is_read_to_its_end_in_whatever_records_it_comes(web, transport, certificate, encrypted):
    whole = answer(200, bytes(range(256)) * 200)

    def in_parts(conversation):
        for part in (whole[:1], whole[1:20], whole[20:20_000], whole[20_000:]):
            conversation.say(part)
            time.sleep(0.01)

    server = web(in_parts, tls=certificate.context if encrypted else None)
    for _ in range(3):
        assert ask(transport, server.url()).body == bytes(range(256)) * 200
    assert server.connections == 1


def test_half_a_record_of_tls_is_waited_for(web, transport, certificate, monkeypatch):
    """There is something to read, and nothing for us yet."""
    server, looks, go_on = web(tls=certificate.context), [], _line.Line.go_on
    monkeypatch.setattr(_line.Line, "go_on", lambda line: looks.append(1) or go_on(line))
    with in_halves(server.port) as port:
        assert ask(transport, f"https://127.0.0.1:{port}/").status == 200
        transport.close()
    assert 1 < len(looks) < 20  # it did not look again and again meanwhile


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("encrypted", [False, True])
def test_what_is_said_unasked_is_never_taken_for_the_next_answer(web, transport, certificate, encrypted, apart):
    """Be it in one record of TLS with the answer, or in the next one, which must not be held back unseen."""
    mine, surplus, said = answer(200, b"mine"), answer(500, b"for somebody else"), []

    def say(conversation):
        for part in (mine, surplus) if apart else (mine + surplus,):
            conversation.say(part)
        said.append(True)

    server = web(say, tls=certificate.context if encrypted else None)
    for number in (1, 2, 3):
        assert ask(transport, server.url()).body == b"mine"
        wait_for(lambda number=number: len(said) == number)
    assert server.connections == len(server.requests) == 3


@pytest.mark.parametrize(("where", "stage"), [(_transport, "look_up"), (_line.Line, "open")])
def test_where_the_time_is_up_between_two_stages_nothing_leaves(web, transport, monkeypatch, where, stage):
    server, clock, real = web(), Clock(), getattr(where, stage)

    def slowly(*arguments, **named):
        done = real(*arguments, **named)
        clock.now += 5
        return done

    monkeypatch.setattr(where, stage, slowly)
    found = failure(transport, server.url(), new_transcript(clock), timeout=5)
    assert found.reason in {Reason.CONNECT_TIMEOUT, Reason.TIMEOUT_BEFORE_DATA}
    assert found.certainty is Certainty.NOT_SENT
    assert not server.requests


def test_of_the_versions_of_http_only_the_one_that_is_spoken_is_offered(web, transport, certificate):
    certificate.context.set_alpn_protocols(["h2", "http/1.1"])
    spoken = []

    def note(conversation):
        spoken.append(conversation.sock.selected_alpn_protocol())

    assert ask(transport, web(on_headers=note, tls=certificate.context).url()).status == 200
    assert spoken in ([None], ["http/1.1"])


def test_what_cannot_be_asked_leaves_no_connection_behind(web, transport):
    server = web()
    ask(transport, server.url())
    (line,) = transport._lines().values()
    with pytest.raises(ValueError, match="end of a line"):
        ask(transport, server.url(), headers={"X-A": "\n"})
    assert line.is_closed
    assert not transport._lines()


@contextmanager
def in_halves(port):
    """A port that leads to ``port``, from where everything comes in two halves, one a little after the other."""

    def pass_on(source, target, parts):
        with suppress(OSError):
            while piece := source.recv(65536):
                for part in (piece[: len(piece) // parts], piece[len(piece) // parts :]):
                    target.sendall(part)
                    time.sleep(0.02 if parts > 1 else 0)
            target.shutdown(socket.SHUT_WR)

    def serve():
        near, far = listener.accept()[0], socket.create_connection(("127.0.0.1", port))
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with near, far, ThreadPoolExecutor(2) as both:
            both.submit(pass_on, near, far, 1)
            both.submit(pass_on, far, near, 2)

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as thread:
        thread.submit(serve)
        yield listener.getsockname()[1]
