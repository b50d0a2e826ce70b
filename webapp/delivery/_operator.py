"""The operator: one thread of a process that waits for I/O on every HTTP connection kept open (a "line")."""

import logging
from collections import deque
from threading import Lock, Thread
from typing import Protocol

from webapp.delivery._share import Lines, Means
from webapp.providers import Switchboard

_log = logging.getLogger(__name__)
_LOOK_S = 5.0  # how often it checks whether a free line has become too old
_IDLE_S = 60.0  # the thread ends after so long without a line


class Served(Protocol):
    """What the operator needs of a share that has lines of its own."""

    def serve(self, board: Switchboard) -> None:
        """Let every free line take an envelope that waits."""
        ...

    def look(self, board: Switchboard) -> bool:
        """Close free lines that are too old. Returns whether the share still has a line, or is opening one."""
        ...


class Operator:
    """The one thread of a process that serves every line. The first call starts it; it ends after a minute without any
    line."""

    def __init__(self, means: Means) -> None:
        self._means, self._lock, self.lines = means, Lock(), Lines()
        self._called, self._shares = deque[Served](), set[Served]()
        self._board: Switchboard | None = None  # while the thread runs
        self._closed = False
        self._used_at = self._looked_at = 0.0  # used by the thread alone, as are the shares

    def call(self, share: Served) -> bool:
        """Have ``share`` served; callable from any thread. Returns whether there is a thread to do it."""
        with self._lock:
            self._board = self._board or self._start_thread()
            if not self._board:
                return False
            self._called.append(share)
            self._board.ring()
            return True

    def call_again(self, share: Served) -> None:
        """Have ``share`` served once more; called from the operator's own thread."""
        self._called.append(share)

    def close(self) -> None:
        """Let the thread end as soon as there is no line left."""
        with self._lock:
            self._closed = True
            if self._board:
                self._board.ring()

    def _start_thread(self) -> Switchboard | None:
        """None where the system has no thread or no file descriptor left."""
        board = None
        try:
            board = Switchboard()
            Thread(target=self._work, args=(board,), name="operator", daemon=True).start()
        except (OSError, RuntimeError):
            _log.exception("Nobody could begin to look after the lines")
            if board:
                board.close()
            return None
        return board

    def _work(self, board: Switchboard) -> None:
        with self._means.in_context():
            self._used_at = self._looked_at = self._means.clock.monotonic()
            while not self._may_end(board):
                try:
                    self._serve(board)
                except Exception:  # noqa: BLE001 — whatever it is, other shares must go on
                    _log.exception("A line could not be served")

    def _may_end(self, board: Switchboard) -> bool:
        if not board.is_empty or not (self._closed or self._means.clock.monotonic() - self._used_at >= _IDLE_S):
            return False
        with self._lock:
            if self._called:
                return False
            self._board = None
        board.close()
        return True

    def _serve(self, board: Switchboard) -> None:
        board.listen(0 if self._called else _LOOK_S)
        for _ in range(len(self._called)):
            share = self._called.popleft()
            self._shares.add(share)
            share.serve(board)
        board.go_on()
        now = self._means.clock.monotonic()
        if not board.is_empty:
            self._used_at = now
        if now - self._looked_at >= _LOOK_S:
            self._looked_at = now
            self._shares = {share for share in self._shares if share.look(board)}
