"""Serving: what an application is for any server, and what is said where it cannot be. Whole servers: journeys/."""

import sqlite3
from contextlib import closing

import pytest

from tests.support.server import refused
from webapp import create_app
from webapp.admission import Admission
from webapp.config import Settings
from webapp.extensions import db
from webapp.serving import _let_in_one_by_one, _say_where

MADE = "from webapp.serving import application; app = application()"
MIGRATED = "from webapp import create_app; create_app().cli.main(['db', 'upgrade'])"
# Until the pipeline has shown a sign of life.
ALIVE = "while app.test_client().get('/healthz').json['dispatcher_heartbeat_age'] is None: pass"

EMBEDDED = {"DATABASE_URL": "", "JOBS": "off"}
UNKEYED = EMBEDDED | {"SECRET_KEY": "", "ENCRYPTION_KEYS": ""}  # as one begins


def test_an_empty_database_is_migrated_and_the_jobs_end_with_the_process(run, instance):
    (instance / "belfry.sqlite3").unlink(missing_ok=True)
    done = run(f"{MADE}\n{ALIVE}", PORT="5999")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Belfry is serving on http://127.0.0.1:5999\n"
    with closing(sqlite3.connect(instance / "belfry.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM message").fetchone() == (0,)
        assert database.execute("SELECT jobs FROM heartbeat").fetchall() == [("dispatcher,resender,truncation",)]


def test_without_jobs_nothing_is_started(run):
    done = run(f"{MADE}; import threading; print(threading.active_count(), 'belfry.timekeeper' in app.extensions)",
               JOBS="off")  # fmt: skip
    assert done.stdout.splitlines()[-1] == "1 False"


def test_one_that_does_not_lead_answers_and_says_nothing(run):
    app = "from webapp.serving import application; app = application(leads=False)"
    done = run(f"{app}; print(app.test_client().get('/healthz').status, 'belfry.timekeeper' in app.extensions)")
    assert (done.stdout, done.stderr) == ("200 OK False\n", "")


def test_a_second_start_leaves_a_demo_as_it_is(run):
    first = run(MADE, DEMO="on", JOBS="off", DEMO_PASSWORD="the demo's own password")
    second = run(MADE, DEMO="on", JOBS="off", DEMO_PASSWORD="the demo's own password")
    assert "A demo team has moved in: ada (administrator)" in first.stdout
    assert "Their password is the demo's own password\n" in first.stdout
    assert "moved in" not in second.stdout
    assert (first.returncode, second.returncode) == (0, 0)


def test_a_newer_database_is_refused_by_its_schema(run, database_url):
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    said = refused(run(MADE))
    assert said == (
        "belfry: The database is of a newer Belfry (schema 9999): start that version, or restore a backup.\n"
    )


def test_a_file_that_is_no_database(run, instance):
    (instance / "belfry.sqlite3").write_bytes(b"not a database " * 400)
    assert refused(run(MADE)) == "belfry: The database cannot be used: file is not a database.\n"


@pytest.mark.parametrize("emptied", [False, True], ids=["gone", "emptied"])
def test_a_database_that_was_lost_is_not_replaced_by_an_empty_one(run, instance, emptied):
    file, mark = instance / "belfry.sqlite3", instance / "database_made"
    assert run(MADE, **EMBEDDED).returncode == 0
    for path in instance.glob("belfry.sqlite3*"):
        path.unlink()
    if emptied:
        file.touch()
    said = refused(run(MADE, **EMBEDDED))
    assert said == f"belfry: The database {file} is gone: restore it from a backup, or delete {mark} to begin anew.\n"
    assert file.exists() is emptied
    assert refused(run(MIGRATED, **EMBEDDED)) == said  # else the next start would find one
    mark.unlink()
    assert run(MADE, **EMBEDDED).returncode == 0


def test_a_first_start_that_was_killed_may_begin_again(run, instance):
    (instance / "belfry.sqlite3").unlink()
    assert run("from webapp import create_app; create_app()", **UNKEYED).returncode == 0
    assert {path.name for path in instance.glob("*_key")} == {"secret_key", "encryption_key"}
    assert run(MADE, **UNKEYED).returncode == 0


def test_a_demo_that_is_gone_moves_in_again(run, instance):
    assert run(MADE, **EMBEDDED).returncode == 0
    (instance / "belfry.sqlite3").unlink()
    assert "moved in" in run(MADE, DEMO="on", **EMBEDDED).stdout


def test_a_bad_setting(run):
    assert refused(run(MADE, LEASE="soon")).startswith("belfry: BELFRY_LEASE must be a number from 1 to 3600")


def test_a_worker_whose_parent_has_gone_already_does_not_begin(run):
    done = run("from webapp.serving import application; application(parent=1)")
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"HOST": "127.0.0.1", "PORT": "5001"}, "http://127.0.0.1:5001"),
        ({"HOST": "::1", "PORT": "5001"}, "http://[::1]:5001"),
        ({"HOST": "::1", "PUBLIC_URL": "https://belfry.example.com/"}, "https://belfry.example.com"),
        ({"HOST": "0.0.0.0", "PUBLIC_URL": "https://belfry.example.com"}, "https://belfry.example.com"),
    ],
)
def test_it_says_where_it_is(given, address, environment, capsys):
    app = create_app(Settings.read(environment | {f"BELFRY_{name}": value for name, value in given.items()}))
    _say_where(app)
    assert capsys.readouterr().out == f"Belfry is serving on {address}\n"
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_it_says_that_nobody_else_gets_answers_without_a_public_name(host, environment, capsys):
    app = create_app(Settings.read(environment | {"BELFRY_HOST": host}))
    _say_where(app)
    assert "Only this machine gets answers until BELFRY_PUBLIC_URL" in capsys.readouterr().out
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(("address", "one_by_one"), [("", True), ("postgresql://db.example/belfry", False)])
def test_requests_are_let_in_one_by_one_where_the_database_is_embedded(address, one_by_one, environment):
    app = create_app(Settings.read(environment | {"BELFRY_DATABASE_URL": address}))
    _let_in_one_by_one(app)
    assert isinstance(app.wsgi_app, Admission) is one_by_one
