"""One thread that waits for many lines: for what is still to leave on them as well as for what comes."""

from threading import Event

from tests.support.asking import ask, new_transcript
from tests.support.web import answer, stall, then
from tests.support.world import WITHIN
from webapp.providers import Switchboard
from webapp.providers._transport import Request

PADDING = 60_000  # bytes of headers


def test_the_last_bytes_of_a_request_leave_also_where_they_are_fewer_than_its_headers(web, transport):
    reads, transcript = Event(), new_transcript()
    _, most = begun(web([then(answer(200), stall)]), transport, new_transcript(), size=1 << 23)
    slow = [then(answer(200), lambda _: reads.wait(WITHIN)), 200]
    sizes = range(most - PADDING // 2, most + 4 * PADDING, PADDING // 4)  # no two connections take just as much
    requests = (begun(web(slow), transport, transcript, size=size) for size in sizes)
    line, taken = next((line, taken) for line, taken in requests if line.writes)
    assert 0 < len(line._rest) < PADDING < taken
    board, over = Switchboard(), []
    board.plug_in(line, lambda: None)
    board.put_through(line, WITHIN, lambda: over.append(True))
    reads.set()
    while not over:
        board.listen(WITHIN)
        board.go_on()
    assert transport.end(line, transcript).status == 200
    board.take_out(line)
    board.close()


def begun(server, transport, transcript, *, size):
    """A kept line with a request begun that its far side does not read as yet, and how many bytes of it have left."""
    ask(transport, server.url())
    (line,) = transport.release()
    request = Request("POST", server.url(), {"X-Padding": "x" * PADDING}, b"y" * size, WITHIN)
    assert not transport.begin(line, request, transcript)
    return line, len(request.written()) - len(line._rest)
