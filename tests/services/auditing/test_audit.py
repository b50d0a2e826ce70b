"""The audit: it has nothing to say about an honest history, and finds whatever was changed from outside."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from threading import Thread
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from tests.support.clock import FakeClock
from tests.support.corruptions import CORRUPTIONS, filled, meddle
from tests.support.databases import KEYS
from tests.support.history import History
from tests.support.reused import Reused
from tests.support.world import World
from webapp import create_app
from webapp.config import Settings
from webapp.domain.delivery_state import MOVES
from webapp.extensions import db
from webapp.models.delivery import Delivery, Move
from webapp.models.message import UserNotification
from webapp.models.policy import Policy
from webapp.services.auditing import _cases, audit
from webapp.services.auditing.audit import Audited, Misfit, check, run
from webapp.services.queue import queue
from webapp.services.running import truncation

STORIES: dict[str, SimpleNamespace] = {}  # by database: the history's rows, when it ended, which moves it has


@contextmanager
def _told(url: str, folder) -> Iterator[None]:
    """The history is in that database, and nobody is connected to it any more."""
    clock = FakeClock()
    app = create_app(Settings.read(KEYS | {"BELFRY_DATABASE_URL": url, "BELFRY_INSTANCE": str(folder)}), clock)
    with app.app_context():
        world = World(app, db.session, clock)
        history = History(world)
        history.tell()
        rows = history.rows()
        moves = {(row.was, row.became) for row in world._all(select(Move.was, Move.became)) if row.was}
        STORIES[db.engine.dialect.name] = SimpleNamespace(rows=rows, end=clock.now(), moves=moves)
        world.mail.release()
        db.session.remove()
        db.engine.dispose()
    yield


@pytest.fixture(scope="module")
def _sqlite_story(_sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("story")
    file = folder / "belfry.sqlite3"
    shutil.copyfile(_sqlite_template, file)
    with _told(f"sqlite:///{file}", folder):
        return file


@pytest.fixture(scope="module")
def _postgresql_reused(postgres, _postgresql_template, tmp_path_factory):
    name = postgres.create(_postgresql_template)
    with _told(postgres.url(name), tmp_path_factory.mktemp("story")):
        return Reused(postgres, name)


@pytest.fixture
def _sqlite_url(instance, _sqlite_story):
    file = instance / "belfry.sqlite3"
    shutil.copyfile(_sqlite_story, file)
    return f"sqlite:///{file}"


@pytest.fixture
def story(bare_world, database_kind):
    """The history, in a database of the test's own, with its clock at its end."""
    told = STORIES[database_kind]
    bare_world.clock.advance(told.end - bare_world.clock.now())
    return told


def test_an_honest_history_fits(bare_world, story):
    assert check(now=story.end) == []


def test_the_history_has_every_move_there_is(story):
    there_is = {(move.was.value, move.became.value) for move in MOVES}
    assert there_is - story.moves == set()


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: corruption.words)
def test_whatever_is_changed_from_outside_is_found(story, corruption, database_url, session):
    meddle(database_url, filled(corruption.sql, story.rows))
    named = {id_ for misfit in check(now=story.end) for id_ in (misfit.id, *misfit.what.replace(",", "").split())}
    assert filled(corruption.found, story.rows) in named


def test_there_are_fifty_and_each_is_another():
    assert len({corruption.sql for corruption in CORRUPTIONS}) == len(CORRUPTIONS) >= 50


def test_a_ledger_of_what_never_was(story, database_url, session):
    meddle(database_url, "INSERT INTO move (delivery_id, became, at, by) VALUES ('GONE', 'queued', '2026-03-02', 'x')")
    assert check(now=story.end) == [Misfit("GONE", "it is gone, but its ledger is there")]


def test_what_is_forgotten_is_not_missed(bare_world, story):
    """Truncation in several steps: what is starred, or still to be sent, stays."""
    world = bare_world
    names = world.crowd(30)
    world.post(*names)
    world.dispatch()
    some = select(UserNotification.id).order_by(UserNotification.id.desc()).limit(7).scalar_subquery()
    world.execute(update(UserNotification).where(UserNotification.id.in_(some)).values(starred=True))
    for wait, gone in ((timedelta(days=100), True), (timedelta(days=1), False)):
        world.clock.advance(wait)
        told = truncation.truncate(now=world.clock.now(), keep_months=3)
        assert bool(told.notifications) is gone
        assert check(now=world.clock.now()) == []
    world.execute(update(UserNotification).values(starred=False))
    world.retry()
    assert truncation.truncate(now=world.clock.now(), keep_months=3).notifications >= 7
    assert check(now=world.clock.now()) == []


def test_what_was_committed_before_digests_were_kept_is_not_judged(bare_world, story, database_url):
    meddle(database_url, "UPDATE envelope SET digest = NULL")
    assert check(now=story.end) == []


def test_an_edited_policy_is_not_held_against_what_went_before(bare_world, story, database_url):
    meddle(database_url, "UPDATE policy SET max_attempts = 9, version = 2")
    assert check(now=story.end) == []


def test_it_reads_page_by_page(story, monkeypatch, session):
    whole = run(now=lambda: story.end, lease_s=60)
    for name in ("PAGE", "BODIES"):
        monkeypatch.setattr(audit, name, 3)
    assert run(now=lambda: story.end, lease_s=60) == whole == Audited(whole.deliveries, whole.messages, ())
    assert (whole.deliveries, whole.messages) == (len(story.rows), len(story.rows))  # one has none, one has two


def test_there_is_an_end_to_what_is_told(story, monkeypatch, database_url, session):
    meddle(database_url, "DELETE FROM delivery")
    monkeypatch.setattr(audit, "MOST", 5)
    assert len(check(now=story.end)) == 5


def test_a_renewed_lease_fits(bare_world, story):
    """Half of it was used up, and it was taken for as long again."""
    renewed = story.end + timedelta(seconds=30 + 60)
    bare_world.execute(update(Delivery).where(Delivery.state == "sending").values(lease_until=renewed))
    assert check(now=story.end + timedelta(seconds=30)) == []


@pytest.fixture
def between_pages(monkeypatch):
    """``between_pages(act)``: what others do right before each snapshot but the first, or before so many of them."""
    begun, begin = count(), audit.snapshot

    def add(act, times=1000):
        def meanwhile():
            if 0 < next(begun) <= times:
                act()
            return begin()

        monkeypatch.setattr(audit, "snapshot", meanwhile)

    monkeypatch.setattr(audit, "PAGE", 3)
    return add


def test_a_lease_that_was_renewed_while_it_looked_fits(bare_world, story, between_pages):
    world = bare_world

    def renew():
        until = world.clock.advance(100) + timedelta(seconds=60)
        world.execute(update(Delivery).where(Delivery.state == "sending").values(lease_until=until))

    between_pages(renew)
    assert run(now=world.clock.now, lease_s=60).misfits == ()
    assert world.clock.now() > story.end + timedelta(seconds=200)


def test_what_was_posted_under_a_policy_that_was_edited_while_it_looked_fits(bare_world, story, between_pages):
    world = bare_world

    def edit():
        world.execute(update(Policy).values(max_attempts=9, version=2))
        world.post()

    posted = world.count(Delivery)
    between_pages(edit, times=1)
    assert run(now=world.clock.now, lease_s=60).misfits == ()
    assert world.count(Delivery) > posted


def test_a_result_that_comes_too_late_spends_no_try(bare_world, story):
    late = [one for one in bare_world.attempts() if one.envelope_id == story.rows["died"].envelope_id]
    assert [(one.outcome, one.counted, one.trigger) for one in late if one.trigger != "sweep"] == [
        ("accepted", False, "dispatcher")
    ]


def test_it_sees_one_moment_though_others_go_on(bare_world, story, monkeypatch):
    """A delivery is cancelled between two statements of a page."""
    listed = _cases.page

    def meanwhile(session, after, size):
        found = listed(session, after, size)
        other = Thread(target=_cancel, args=(bare_world.app, story.rows["untouched"].id, story.end))
        other.start()
        other.join()
        return found

    monkeypatch.setattr(_cases, "page", meanwhile)
    assert check(now=story.end) == []
    assert bare_world.rows(id=story.rows["untouched"].id)[0].state == "cancelled"


def _cancel(app, id_, now):
    with app.app_context():
        queue.cancel(ids=[id_], by="olaf", now=now)
        db.session.remove()
