"""The operator: one thread of a process, which waits for what comes on every kept line."""

import logging
from collections import deque
from threading import Lock, Thread
from typing import Protocol

from webapp.delivery._share import Lines, Means
from webapp.providers import Switchboard

_log = logging.getLogger(__name__)
_LOOK_S = 5.0  # so often it is looked whether a free line has become too old
_IDLE_S = 60.0  # so long without a line, and the thread ends


class Served(Protocol):
    """A share with lines of its own, as far as it concerns the operator."""

    def serve(self, board: Switchboard) -> None:
        """Let every line that is free take what waits."""
        ...

    def look(self, board: Switchboard) -> bool:
        """Hang up free lines that are too old. Whether it has a place left."""
        ...


class Operator:
    """The one thread of a process that looks after every kept line. It begins where there is one, and ends after a
    minute without."""

    def __init__(self, means: Means) -> None:
        self._means, self._lock, self.lines = means, Lock(), Lines()
        self._called, self._shares = deque[Served](), set[Served]()
        self._board: Switchboard | None = None  # while the thread runs
        self._closed = False
        self._used_at = self._looked_at = 0.0  # the thread's own, as are the shares

    def call(self, share: Served) -> bool:
        """Let it serve ``share``, from any thread. Whether there is somebody to."""
        with self._lock:
            self._board = self._board or self._begun()
            if not self._board:
                return False
            self._called.append(share)
            self._board.ring()
            return True

    def call_again(self, share: Served) -> None:
        """Let it serve ``share`` once more, from its own thread."""
        self._called.append(share)

    def close(self) -> None:
        """Let the thread end as soon as there is no line."""
        with self._lock:
            self._closed = True
            if self._board:
                self._board.ring()

    def _begun(self) -> Switchboard | None:
        """None where the system has no thread or no descriptor left."""
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
