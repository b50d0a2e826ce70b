"""Two who do something to the same person at the same moment, in an order that a test decides."""

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from flask import Flask

from webapp.domain.refusal import Refused
from webapp.models import audit

TO_THE_LOCK = 0.5  # seconds in which a rival comes as far as it gets


class Rival:
    """Somebody who begins while another's transaction is open, and ends when it is over. ``refused``: what they were
    told, if they were."""

    def __init__(self, app: Flask, act: Callable[[], object]) -> None:
        self.refused: Refused | None = None
        self._app, self._act, self._thread = app, act, Thread(target=self._run)

    def begin(self) -> None:
        """Let them come to where they have to wait, or to their end."""
        self._thread.start()
        self._thread.join(TO_THE_LOCK)

    def end(self) -> None:
        """Wait for their end."""
        self._thread.join()

    def _run(self) -> None:
        with self._app.app_context():
            try:
                self._act()
            except Refused as refused:
                self.refused = refused


@pytest.fixture
def meanwhile(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Rival]]:
    """``meanwhile("user changed", act)``: somebody else begins to ``act`` right before the transaction ends in which
    that is noted in the audit."""
    begun: list[Rival] = []

    def add(what: str, act: Callable[[], object]) -> Rival:
        note, rival = audit.note, Rival(app, act)

        def noted(*args: Any, **told: Any) -> None:
            note(*args, **told)
            if told["what"] == what and rival not in begun:
                begun.append(rival)
                rival.begin()

        monkeypatch.setattr(audit, "note", noted)
        return rival

    yield add
    for rival in begun:
        rival.end()
