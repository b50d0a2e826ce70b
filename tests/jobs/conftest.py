"""A timekeeper at work."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.world import World
from webapp.jobs import Timekeeper, begin


@pytest.fixture
def ticking(app: Flask, world: World) -> Iterator[Timekeeper]:
    """The whole timetable at work, its scheduler ticking twenty times a second by the real clock."""
    told = {"jobs": ("dispatcher", "resender", "truncation"), "dispatch_every": 0.05, "resend_every": 0.05}
    app.extensions["belfry"].settings._values.update(told)
    keeper = begin(app)
    assert keeper is not None
    yield keeper
    keeper.stop()
