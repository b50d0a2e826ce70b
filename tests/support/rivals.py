"""Two people who change the same person at the same moment, in an order that the test decides."""

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from flask import Flask

from webapp.domain.refusal import Refused
from webapp.models import audit

TO_THE_LOCK = 0.5  # seconds for a rival to reach the lock


class Rival:
    """Somebody who starts while another transaction is open, and finishes after it. ``refused``: the refusal they got,
    if any."""

    def __init__(self, app: Flask, act: Callable[[], object]) -> None:
        self.refused: Refused | None = None
        self._app, self._act, self._thread = app, act, Thread(target=self._run)

    def begin(self) -> None:
        """Start, and wait until they are blocked or have finished."""
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
    """``meanwhile("user changed", act)``: runs ``act`` as somebody else, starting right before the end of the
    transaction that notes this in the audit."""
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
