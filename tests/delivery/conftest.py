"""What the engine's tests share: a pipeline whose turns the test takes, formatters of its own, a database away."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from threading import Timer
from typing import Any

import pytest

from tests.support.pausing import a_pass
from tests.support.subscribers import queued_for
from tests.support.world import WITHIN, World
from webapp.delivery.lot import Kind
from webapp.delivery.pipeline import Pipeline
from webapp.extensions import db
from webapp.formatters import Context, Item, Output, formatters
from webapp.services.auditing import audit

Format = Callable[[list[Item]], list[Output]]


class ByHand:
    """``until(happened)`` takes turns until that is so; ``stop`` as a process does that is told to end."""

    def __init__(self, world: World, **settings: Any) -> None:
        self.pipeline = Pipeline(world.engine(**settings))

    def until(self, happened: Callable[[], object], kind: Kind = Kind.FRESH) -> None:
        deadline = time.monotonic() + WITHIN
        self.pipeline.wake(kind)
        while True:
            moved = self.pipeline.turn()
            if happened():
                return
            assert time.monotonic() < deadline, "It has not happened."
            if moved is None:
                self.pipeline.news.wait(0.05)
                self.pipeline.news.clear()

    def until_at_rest(self, kind: Kind = Kind.FRESH) -> None:
        self.until(lambda: self.pipeline.at_rest, kind)

    def stop(self, within: float = 0.0) -> None:
        self.pipeline.stop(deadline=self.pipeline._engine.clock.monotonic() + within)


@pytest.fixture
def by_hand(world: World) -> Iterator[Callable[..., ByHand]]:
    """``by_hand(concurrency=1)``: a process of its own on the world's database."""
    made: list[ByHand] = []

    def make(**settings: Any) -> ByHand:
        made.append(ByHand(world, **settings))
        return made[-1]

    yield make
    for one in made:
        one.pipeline.close()


@pytest.fixture
def formatter() -> Iterator[Callable[..., None]]:
    """``formatter("name", function)``: a formatter that is installed for this test, and gets all that is due at once
    unless it is ``groups=False``; for ``channels``, as globs; which may say that it makes the ``same_for_all``."""
    names: list[str] = []

    class Installed:
        label = "A test's"

        def __init__(self, work: Format, groups: bool, channels: tuple[str, ...], same_for_all: bool) -> None:
            self._work, self.groups, self.channels, self.same_for_all = work, groups, channels, same_for_all

        def format(self, items: Any, _limits: Any, _context: Context) -> list[Output]:
            return self._work(list(items))

    def install(
        name: str,
        work: Format,
        *,
        groups: bool = True,
        channels: tuple[str, ...] = (),
        same_for_all: bool = False,
    ) -> None:
        formatters().add(name, Installed(work, groups, channels, same_for_all))
        names.append(name)

    yield install
    for name in names:
        formatters()._plugins.pop(name)


@pytest.fixture
def away(
    world: World, database_kind: str, database_url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[..., AbstractContextManager[None]]:
    """A database that somebody has locked (SQLite), or that has thrown everybody out once: a ``with`` block."""

    @contextmanager
    def locked(for_s: float | None = None) -> Iterator[None]:
        path = database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, check_same_thread=False)) as elsewhere:
            elsewhere.execute("BEGIN IMMEDIATE")
            if for_s:
                Timer(for_s, elsewhere.rollback).start()
            yield

    @contextmanager
    def thrown_out(for_s: float | None = None) -> Iterator[None]:
        cluster = request.getfixturevalue("postgres")
        cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'belfry%'")
        yield

    if database_kind == "postgresql":
        return thrown_out
    monkeypatch.setattr("webapp.database.BUSY_TIMEOUT_MS", 50)
    world.session.rollback()
    db.session.remove()
    db.engine.dispose()  # so that the next connections are told
    return locked


@pytest.fixture
def people(world: World) -> list[str]:
    """A hundred of them, and an administrator."""
    world.person("ada", role="admin")
    return world.crowd(100)


@pytest.fixture
def log(world: World) -> int:
    """The channel ``team.log``, of which everybody gets digests."""
    return world.channel("team.log", formatter="digest")


@pytest.fixture
def post(world: World, log: int) -> Callable[..., list[str]]:
    """``post(3)``: so many messages to Emil; gives the ids of their deliveries."""

    def posted(count: int = 3, to: str = "emil", **message: Any) -> list[str]:
        before = {row.id for row in world.rows()}
        for number in range(count):
            world.post(to, channel="team.log", subject=f"news {number + 1}", **message)
        return [row.id for row in world.rows() if row.id not in before]

    return posted


@pytest.fixture
def audited(world: World) -> Iterator[None]:
    """Whatever happens, the audit has nothing to say."""
    yield
    for far in world.far.values():
        far.release()
    assert audit.check(now=world.clock.now()) == []


@pytest.fixture
def told(world):
    """``told(3, 4)``: a message for these subscribers, and one pass over all that is due."""

    def tell(*ids, **message):
        made = queued_for(world, *ids, **message)
        a_pass(world)
        return [world.rows(id=id_)[0] for id_ in made]

    yield tell
    assert audit.check(now=world.clock.now()) == []
