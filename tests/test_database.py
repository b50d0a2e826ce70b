"""The database as every part meets it: times in UTC, one way to write, one way to look."""

import logging
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from threading import Event, Thread

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from webapp.database import (
    DATABASE_FAULTS,
    STORAGE_TROUBLE,
    UTCDateTime,
    afterwards,
    fault_of,
    reading,
    server_time,
    tell_fault,
    writing,
    writing_at_once,
)
from webapp.extensions import db
from webapp.models.job import JobLease

AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def other(database_url):
    """Somebody else at the same SQLite file, who does not wait."""
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)) as made:
        yield made


def lease(name="truncation", until=AT):
    return JobLease(name=name, holder="test", until=until)


@pytest.mark.both_databases
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-11))])
def test_a_time_comes_back_in_utc_whatever_zone_it_went_in_with(session, zone):
    with writing(session):
        session.add(lease(until=AT.astimezone(zone)))
    with reading(session):
        kept = session.scalars(select(JobLease.until)).one()
    assert (kept, kept.tzinfo) == (AT, UTC)


@pytest.mark.both_databases
def test_times_are_compared_as_moments(session):
    with writing(session):
        session.add(lease(until=AT))
    same = AT.astimezone(timezone(timedelta(hours=9)))
    with reading(session):
        assert session.scalars(select(JobLease).where(JobLease.until == same)).one()
        assert session.scalars(select(JobLease).where(JobLease.until < same)).all() == []


@pytest.mark.both_databases
def test_a_time_without_a_zone_is_refused(session):
    with pytest.raises(StatementError, match="without a zone"), writing(session):
        session.add(lease(until=AT.replace(tzinfo=None)))
    assert session.scalars(select(JobLease)).all() == []


def test_no_time_stays_none(session):
    kind, dialect = UTCDateTime(), session.get_bind().dialect
    assert kind.process_bind_param(None, dialect) is None
    assert kind.process_result_value(None, dialect) is None


@pytest.mark.both_databases
def test_what_was_written_is_committed_and_an_error_undoes_all_of_it(session):
    with writing(session):
        session.add(lease("kept"))
    with pytest.raises(IntegrityError), writing(session):
        session.execute(insert(JobLease), [{"name": name, "holder": "test", "until": AT} for name in ("new", "kept")])
    session.rollback()
    assert session.scalars(select(JobLease.name)).all() == ["kept"]


@pytest.mark.both_databases
def test_what_was_read_before_a_write_is_read_again(app, session):
    with writing(session):
        session.add(lease())
    mine = session.get(JobLease, "truncation")

    def change() -> None:
        with app.app_context(), writing(db.session) as theirs:
            theirs.get(JobLease, "truncation").holder = "somebody else"

    thread = Thread(target=change)
    thread.start()
    thread.join()
    with writing(session):
        assert mine.holder == "somebody else"


def test_writing_takes_the_lock_at_once(session, other):
    with writing(session), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")


def test_reading_is_in_nobody_s_way_and_leaves_nothing_behind(session, other):
    with reading(session):
        assert session.scalars(select(JobLease)).all() == []
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO job_lease VALUES ('truncation', 'other', '2026-03-02 09:00:00')")
        other.execute("COMMIT")
        assert session.scalars(select(JobLease)).all() == []  # one view, from its beginning to its end
    assert not session().in_transaction()
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0  # 1: a reader holds it up
    with reading(session):
        assert session.scalars(select(JobLease.holder)).all() == ["other"]


def test_a_second_writer_waits_for_the_first(app, session):
    began, done = Event(), []

    def write() -> None:
        with app.app_context():
            began.set()
            with writing(db.session) as theirs:
                done.append(theirs.scalars(select(JobLease.name)).all())

    thread = Thread(target=write)
    with writing(session):
        thread.start()
        began.wait()
        session.add(lease("first"))
        session.flush()
        assert done == []
    thread.join()
    assert done == [["first"]]


@pytest.fixture
def at_once(app):
    """Whether another thread may write at this moment."""

    def ask() -> bool:
        def write() -> None:
            with app.app_context(), suppress(*STORAGE_TROUBLE), writing_at_once(db.session):
                done.append(True)

        done = []
        thread = Thread(target=write)
        thread.start()
        thread.join()
        return bool(done)

    return ask


def test_the_writers_of_a_process_take_turns(session, at_once):
    with writing(session):
        assert not at_once()
    assert at_once()
    with pytest.raises(ZeroDivisionError), writing(session):
        _raise_after(None)
    assert at_once(), "one that failed is in nobody's way"


def test_who_could_not_begin_keeps_nobody_waiting(session, other, at_once, monkeypatch):
    session.rollback()
    db.engine.dispose()
    monkeypatch.setattr("webapp.database.BUSY_TIMEOUT_MS", 20)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(STORAGE_TROUBLE), writing(session):
        pytest.fail("There was no lock to have.")
    assert not session().in_transaction()
    other.execute("ROLLBACK")
    assert at_once()


def test_who_waits_too_long_is_told(session, other, monkeypatch):
    session.rollback()
    db.engine.dispose()
    monkeypatch.setattr("webapp.database.BUSY_TIMEOUT_MS", 20)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(STORAGE_TROUBLE) as caught, writing(session):
        pytest.fail("There was no lock to have.")
    assert fault_of(caught.value) == "database is locked"
    other.execute("ROLLBACK")
    with writing(session):
        session.add(lease())


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("busy_timeout", 5000), ("foreign_keys", 1)]
)
def test_sqlite_is_durable_concurrent_and_strict(session, pragma, value):
    with reading(session):
        assert session.scalar(text(f"PRAGMA {pragma}")) == value


@pytest.mark.both_databases
def test_a_fault_is_told_in_one_line_without_statement_or_values(session):
    with pytest.raises(DATABASE_FAULTS) as caught, reading(session):
        session.execute(text("SELECT 1 FROM nowhere WHERE password = :p"), {"p": "geheim"})
    said = fault_of(caught.value)
    assert "nowhere" in said
    assert not {"geheim", "SELECT", "\n"} & {*said.split(), *said}


def test_any_other_fault_is_told_by_its_first_line():
    assert fault_of(RuntimeError("It rains:\nvery much.")) == "It rains"
    assert isinstance(OperationalError("", {}, Exception()), STORAGE_TROUBLE)


@pytest.mark.both_databases
def test_only_a_server_has_a_time_of_its_own(session):
    first, second = server_time(session), server_time(session)
    if session.get_bind().dialect.name == "sqlite":
        assert (first, second) == (None, None)
    else:
        assert first
        assert second
        assert abs(first - datetime.now(UTC)) < timedelta(seconds=5)
        assert second > first, "the moment of the question, not of a transaction"


@pytest.mark.both_databases
def test_what_is_to_follow_a_commit_follows_it_once_and_no_rollback(session):
    done = []
    with pytest.raises(ZeroDivisionError), writing(session) as opened:
        _raise_after(afterwards(opened, done.append, "never"))
    with writing(session) as opened:
        for what in ("once", "and", "once"):
            afterwards(opened, done.append, what)
        assert done == []
    with writing(session):
        pass
    assert done == ["once", "and"]


def _raise_after(_done):
    raise ZeroDivisionError


def test_a_database_that_is_away_is_told_of_in_one_line_and_our_own_fault_with_its_place(caplog):
    log = logging.getLogger("belfry.test")
    tell_fault(log, "No turn", OperationalError("SELECT 1", {}, sqlite3.OperationalError("no connection:\nis it up?")))
    tell_fault(log, "No turn", ZeroDivisionError("by zero"))
    assert [record.getMessage() for record in caplog.records] == ["No turn: no connection", "No turn: by zero"]
    assert [bool(record.exc_info) for record in caplog.records] == [False, True]
