"""PostgreSQL's connections: what stays prepared on them, and that they stay alive."""

import select
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from webapp.database import (
    DATABASE_FAULTS,
    STORAGE_TROUBLE,
    _on_postgresql,
    is_pooled,
    prepare_engine,
    reading,
    writing,
)


def test_without_a_pooler_statements_are_prepared(postgres):
    with closing(postgres.connect()) as connection:
        assert not is_pooled(connection)
        _on_postgresql(connection, None)
        assert connection.prepare_threshold
        assert connection.autocommit


@pytest.fixture
def on_postgresql(postgres):
    """A session on a database of its own that has one thing in it, and the driver's connection."""
    database = postgres.create()
    engine = create_engine(postgres.url(database).replace("://", "+psycopg://"))
    prepare_engine(engine)
    with closing(postgres.connect(database)) as theirs, Session(engine) as mine:
        theirs.execute("CREATE TABLE thing AS SELECT 1 AS size")
        yield mine, theirs
    engine.dispose()


def sizes(session):
    with reading(session):
        return session.scalars(text("SELECT size FROM thing")).all()


PID = text("SELECT pg_backend_pid()")
OFTEN_ENOUGH = range(8)  # for the driver to prepare a statement
PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM thing'")


def test_who_has_only_read_leaves_its_statements_prepared(on_postgresql):
    session, _ = on_postgresql
    assert [sizes(session) for _ in OFTEN_ENOUGH] == [[1] for _ in OFTEN_ENOUGH]
    with reading(session):
        assert session.scalar(PREPARED) == 1
    assert not session.in_transaction()


def test_after_a_fault_no_statement_is_taken_to_be_prepared(on_postgresql):
    session, theirs = on_postgresql
    assert [sizes(session) for _ in OFTEN_ENOUGH]
    theirs.execute("ALTER TABLE thing ALTER COLUMN size TYPE text")
    with pytest.raises(DATABASE_FAULTS, match="cached plan"):
        sizes(session)
    assert sizes(session) == ["1"]


def test_a_connection_that_was_lost_is_found_out_at_the_end_of_a_reader(on_postgresql, postgres):
    session, _ = on_postgresql
    with pytest.raises(STORAGE_TROUBLE):
        _read_and_hang_up(session, postgres)
    session.close()
    assert sizes(session) == [1]


def _read_and_hang_up(session, postgres):
    with reading(session):
        session.execute(text("SELECT 1"))
        postgres.hang_up()


def test_what_a_frozen_process_holds_is_let_go(on_postgresql):
    session, _ = on_postgresql
    assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "1min"
    session.execute(text("SET idle_in_transaction_session_timeout = '1ms'"))
    driver = session.connection().connection.driver_connection
    assert select.select([driver.fileno()], [], [], 30)[0], "PostgreSQL ends the connection."
    with pytest.raises(STORAGE_TROUBLE, match="idle-in-transaction"):
        session.execute(text("SELECT 1"))
    session.close()
    assert sizes(session) == [1]


def test_a_role_s_own_bound_stays(postgres):
    engine = create_engine(
        postgres.url("postgres").replace("://", "+psycopg://"),
        connect_args={"options": "-c idle_in_transaction_session_timeout=5s"},
    )
    prepare_engine(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW idle_in_transaction_session_timeout")) == "5s"
    engine.dispose()


def test_a_server_that_only_reads_is_away_and_is_dialled_anew(on_postgresql):
    """Such as one that another has taken the place of."""
    session, theirs = on_postgresql
    with reading(session):
        before = session.scalar(PID)
        name = session.scalar(text("SELECT current_database()"))
    theirs.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    session.get_bind().dispose()
    with pytest.raises(STORAGE_TROUBLE, match="read-only transaction"), writing(session):
        session.execute(text("DELETE FROM thing"))
    theirs.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    with writing(session):
        assert session.scalar(PID) != before
        session.execute(text("DELETE FROM thing"))
    assert sizes(session) == []


@pytest.mark.parametrize(("said", "idle"), [("", "15"), ("&keepalives_idle=60", "60")])
def test_what_lies_idle_for_long_is_kept_alive_as_the_address_says(postgres, said, idle):
    engine = create_engine(postgres.url("postgres").replace("://", "+psycopg://") + said)
    prepare_engine(engine)
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        assert driver.info.get_parameters()["keepalives_idle"] == idle
    engine.dispose()
