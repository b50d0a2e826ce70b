"""Starting: what a process does before it begins, and that what keeps it from it is one plain line. Whole processes:
``test_serving`` and ``cli/test_worker``."""

import gc
import resource
import sys
from unittest.mock import Mock

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.support import garbage
from webapp import starting
from webapp.database import writing
from webapp.extensions import MIGRATIONS
from webapp.starting import faults_told, make_ready


@pytest.fixture
def said(monkeypatch):
    """The line; the process goes on."""
    lines = []
    monkeypatch.setattr(starting, "fail", lines.append)
    return lines


def test_what_is_there_at_the_start_is_not_looked_through_again():
    starting.keep_for_good()
    try:
        assert gc.get_freeze_count() > len(gc.get_objects())
    finally:
        gc.unfreeze()
        garbage.set_aside()


def test_only_whoever_has_an_engine_takes_short_turns():
    before = sys.getswitchinterval()
    starting.begin()
    assert sys.getswitchinterval() == before
    try:
        starting.switch_often()
        assert sys.getswitchinterval() == pytest.approx(starting.SWITCH_INTERVAL_S)
    finally:
        sys.setswitchinterval(before)


def test_as_many_files_may_be_open_as_the_system_allows():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[0] - 1, before[1]))
        starting.begin()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.both_databases
def test_a_database_that_is_of_this_version_is_left_as_it_is(app, session, said):
    make_ready(app)
    make_ready(app)
    assert said == []


@pytest.mark.both_databases
def test_one_of_a_newer_version_is_refused(app, session, said):
    with writing(session):
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    make_ready(app)
    assert said == ["The database is of a newer Belfry (schema 9999): start that version, or restore a backup."]


@pytest.mark.both_databases
def test_a_database_that_is_of_this_version_is_not_migrated(app, session, monkeypatch):
    monkeypatch.setattr(command, "upgrade", lambda *_: pytest.fail("Alembic was asked"))
    make_ready(app)


def test_this_version_is_the_last_of_the_line(app):
    assert starting.newest() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_a_database_that_cannot_be_migrated(app, session, said, monkeypatch):
    monkeypatch.setattr(starting, "newest", lambda: "9999")
    monkeypatch.setattr(command, "upgrade", Mock(side_effect=CommandError("two heads")))
    make_ready(app)
    assert said == ["The database cannot be migrated: two heads."]


def test_a_fault_of_the_database_is_one_line(said):
    with faults_told():
        raise OperationalError("SELECT", {}, Exception("it is away\nsecret"))
    assert said == ["The database cannot be used: it is away."]
