"""A share that sends by HTTP on connections kept open ("lines"); one thread, the operator, waits for those of all
shares.

A line is opened by a thread of its own, with the first envelope that goes through it: the look-up, the connection and
its encryption may take their time there. From then on the operator has it, and never blocks on one line alone.
"""

import logging
from collections import deque
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from webapp.delivery._operator import Operator
from webapp.delivery._share import Means, Share, Threads
from webapp.delivery.lot import Finished, Ready
from webapp.delivery.send import Try
from webapp.providers import ByHttp, Gone, Switchboard

if TYPE_CHECKING:
    from webapp.providers import Line

_log = logging.getLogger(__name__)


class HttpShare(Share):
    """One configuration's share. Each of its places is taken by a line, or by a thread that is opening one."""

    def __init__(self, provider: ByHttp, means: Means, threads: Threads, at_once: int, operator: Operator) -> None:
        super().__init__(provider, means, at_once)
        self._by_http, self._threads, self._operator = provider, threads, operator
        self._free, self._opened = list["Line"](), deque["Line"]()
        self._lock = Lock()
        self._places = self._coming = 0
        self._is_called = False

    @property
    def is_at_work(self) -> bool:
        """Whether it has a line, or a thread that opens one."""
        return self._places > 0

    def take(self, ready: Ready) -> None:
        """Let a free line have it, or a new one where there may be one more."""
        self._waiting.append(ready)
        if self._free:
            self._call()
        if len(self._waiting) > len(self._free):
            self._open_one_more()  # under the lock, it checks whether there is a place

    def close(self) -> None:
        """Let it end after what it has in hand."""
        super().close()
        if self._places:
            self._call()

    def _call(self) -> None:
        if not self._is_called:
            self._is_called = True
            if not self._operator.call(self):
                self._do_without()

    def _do_without(self) -> None:
        """Without an operator there can be no lines: close them, and report what waits as dropped."""
        self._is_called = False  # first: a thread that opens a line from now on calls the operator itself
        with suppress(IndexError):
            while True:
                self._opened.popleft().close()
                self._lose_place()
        self.let_go()

    # --- threads that open a line each ---

    def _open_one_more(self) -> None:
        """Start a thread to open a line, where there is a place. If the share has none in use then, what waits is
        dropped."""
        with self._lock:
            if self._places < self._at_once and self._coming < len(self._waiting):
                started = self._start(first=self._places == 0)
                self._places += started
                self._coming += started
            in_vain = not self._places
        if in_vain:
            self.let_go()

    def _start(self, *, first: bool) -> bool:
        lines = self._operator.lines
        if not lines.take(first=first):
            return False
        if self._threads.start(self._open, f"sender {self._provider.name}", first=first):
            return True
        lines.give_back()
        return False

    def _open(self) -> None:
        """Try one envelope after another, until one leaves an open line behind."""
        with self._means.in_context():
            first = True
            try:
                while (ready := self._next(first=first)) and not self._keeps_line(ready):
                    first = False
            except Exception:  # noqa: BLE001 — the next one that is handed over may begin anew
                _log.exception("A line could not be opened")
                self._leave_place()
            finally:
                self._threads.give_back()

    def _next(self, *, first: bool) -> Ready | None:
        """None where nothing waits: the calling thread has lost its place then."""
        with self._lock:
            self._coming -= first
            with suppress(IndexError):
                return self._waiting.popleft()
            self._places -= 1
        self._operator.lines.give_back()
        return None

    def _keeps_line(self, ready: Ready) -> bool:
        """Try it. Returns whether that has left an open line, which takes over the thread's place."""
        self._end(self._try_once(ready))
        lines = [line for line in self._by_http.transport.release() if not line.is_closed and line.descriptor >= 0]
        for line in lines[1:]:
            line.close()
        self._opened.extend(lines[:1])
        if lines:
            self._call()
        return bool(lines)

    # --- what the operator calls ---

    def serve(self, board: Switchboard) -> None:
        """Let every line that is free take what waits."""
        self._is_called = False
        while self._waiting and self._free:
            self._use(self._free.pop(), board)
        while self._opened:
            self._plug_in(self._opened.popleft(), board)
        if self._waiting and self._places < self._at_once:
            self._open_one_more()
        if self._closed:
            self.look(board)

    def _plug_in(self, line: "Line", board: Switchboard) -> None:
        """Register the line as free; it is used after the next look at all lines."""
        try:
            board.plug_in(line, partial(self._lose, line))
        except OSError:  # the far side has ended it with its first answer
            self._replace(line, board)
        else:
            self._set_free(line)

    def look(self, board: Switchboard) -> bool:
        """Close free lines that are too old, or all of them once the share is closed. Returns whether it has a place in
        use."""
        now = self._means.clock.monotonic()
        for line in list(self._free):
            if self._closed or not line.is_young(now):
                self._free.remove(line)
                board.take_out(line)
                self._leave_place()
        return self._places > 0

    def _use(self, line: "Line", board: Switchboard) -> None:
        """Send the first envelope that waits on this line."""
        if not line.is_young(self._means.clock.monotonic()):
            return self._replace(line, board)
        try:
            ready = self._waiting.popleft()
        except IndexError:  # it has been let go
            self._free.append(line)
        else:
            self._try(ready, line, board)

    def _try(self, ready: Ready, line: "Line", board: Switchboard) -> None:
        clock = self._means.clock
        now = clock.now()
        if left := self._dropped(ready, now):
            self._means.done(left)
            return self._set_free(line)
        tried = Try(self._by_http, ready.envelope, clock.monotonic, now)
        over = partial(self._over, tried, ready, line, board)
        try:
            if tried.begin(line):
                over()
            else:
                board.put_through(line, self._provider.timeout, over)
        except Gone:  # nothing has left: it waits for another line
            self._waiting.appendleft(ready)
            self._replace(line, board)

    def _over(self, tried: Try, ready: Ready, line: "Line", board: Switchboard) -> None:
        self._end(Finished(ready, tried.end(line)))
        if line.is_closed:
            self._replace(line, board)
        else:
            self._set_free(line)
        if self._closed:
            self.look(board)

    def _set_free(self, line: "Line") -> None:
        """Whoever adds an envelope sees that the line is free, or the envelope is seen here."""
        self._free.append(line)
        if self._waiting and not self._is_called:
            self._is_called = True
            self._operator.call_again(self)

    def _replace(self, line: "Line", board: Switchboard) -> None:
        board.take_out(line)
        self._leave_place()

    def _lose(self, line: "Line") -> None:
        """The far side has closed a free line."""
        with suppress(ValueError):
            self._free.remove(line)
        self._leave_place()

    def _leave_place(self) -> None:
        """Give up a place, to whatever has come meanwhile and found none."""
        self._lose_place()
        if self._waiting:
            self._open_one_more()

    def _lose_place(self) -> None:
        with self._lock:
            self._places -= 1
        self._operator.lines.give_back()
