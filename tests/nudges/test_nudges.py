"""Nudges: what one process says is heard by the others, on either database; what cannot be said harms nobody."""

import socket
import sqlite3
from collections import deque
from contextlib import chdir, closing
from pathlib import Path
from select import select

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from webapp.domain.job import Job
from webapp.nudges import NUDGED, CannotHear, Nudges, nudges

WITHIN_S = 30.0
MANY = 2_000  # more than any queue between two processes holds


@pytest.fixture
def line(database_url):
    """``line()``: the nudges of one more process on the test's database."""
    address = address_of(database_url)
    engine = create_engine(address, poolclass=NullPool)
    return lambda: nudges(address, direct="", connect=engine.connect)


@pytest.fixture
def ear(line):
    """Of one of them."""
    with closing(line().listen()) as made:
        yield made


@pytest.fixture
def folder(database_url):
    """Where those who listen to an embedded database are called."""
    return Path(f"{database_url.removeprefix('sqlite:///')}.nudges")


def address_of(url):
    """With the driver's name."""
    return url.replace("postgresql://", "postgresql+psycopg://")


def hear(ear):
    """What comes next."""
    assert select([ear], [], [], WITHIN_S)[0], "nothing came"
    return ear.heard()


@pytest.mark.both_databases
@pytest.mark.parametrize("job", NUDGED)
def test_what_one_says_every_other_one_hears(line, ear, job):
    with closing(line().listen()) as another:
        line().say(job)
        assert (hear(ear), hear(another)) == ({job}, {job})
        assert not select([ear], [], [], 0)[0]
        assert ear.heard() == set(), "each is heard once"


@pytest.mark.both_databases
def test_of_what_it_sees_to_itself_it_tells_nobody(line, ear):
    mine: Nudges = line()
    mine.own = frozenset({Job.DISPATCHER})
    mine.say(Job.DISPATCHER)
    mine.say(Job.RESENDER)
    assert hear(ear) == {Job.RESENDER}


def test_one_that_does_not_listen_holds_up_nobody(line, ear):
    teller = line()
    for _ in range(MANY):
        teller.say(Job.DISPATCHER)
    assert ear.heard() == {Job.DISPATCHER}


@pytest.mark.both_databases
def test_where_nobody_listens_it_is_said_to_nobody(line, caplog):
    line().say(Job.DISPATCHER)
    assert caplog.text == ""


def test_who_was_killed_leaves_nothing_behind_for_long(line, folder):
    for how in (lambda: line().say(Job.DISPATCHER), lambda: line().listen().close()):
        folder.mkdir(exist_ok=True)
        with chdir(folder), closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as killed:
            killed.bind("123.dead")
        how()
        assert list(folder.iterdir()) == []


def test_a_folder_may_have_a_longer_name_than_a_socket(tmp_path):
    there = tmp_path / ("deep" * 40)
    there.mkdir()
    made = nudges(f"sqlite:///{there}/belfry.sqlite3", direct="", connect=pytest.fail)
    with closing(made.listen()) as ear:
        made.say(Job.RESENDER)
        assert hear(ear) == {Job.RESENDER}


def test_what_was_written_and_not_said_is_noticed_all_the_same(ear, database_url):
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as other, other:
        other.execute("DELETE FROM heartbeat")
        assert ear.heard() == set(), "nothing has changed"
        other.execute("INSERT INTO job (name) VALUES ('truncation')")
        other.commit()
        assert ear.heard() == set(NUDGED)
        assert ear.heard() == set()


def test_a_connection_that_breaks_is_noticed(postgres):
    made = nudges(address_of(postgres.url("postgres")), direct="", connect=pytest.fail)
    with closing(made.listen()) as ear:
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN belfry'")
        with pytest.raises(CannotHear, match="closed the connection"):
            deque(iter(lambda: hear(ear), None), maxlen=0)


def test_a_database_that_is_away_cannot_be_heard(tmp_path):
    made = nudges(f"postgresql+psycopg://postgres@/belfry?host={tmp_path}", direct="", connect=pytest.fail)
    with pytest.raises(CannotHear, match="No such file"):
        made.listen()


def test_what_cannot_be_said_is_logged_and_fails_nothing(caplog):
    def away():
        raise OperationalError("", {}, Exception("the server is away\nand more"))

    nudges("postgresql+psycopg://postgres@/belfry", direct="", connect=away).say(Job.DISPATCHER)
    assert [record.getMessage() for record in caplog.records] == [
        "The dispatcher of another process could not be told that it has something to do: the server is away"
    ]


def test_without_the_folder_nobody_listens(tmp_path):
    with pytest.raises(CannotHear):
        nudges(f"sqlite:///{tmp_path}/nowhere/belfry.sqlite3", direct="", connect=pytest.fail).listen()
