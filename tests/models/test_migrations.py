"""Migrations: what they lay is what the models say, also when they are run twice or by two at once."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect, select, text

from tests.support import ROOT
from tests.support.databases import KEYS
from tests.support.presets import PRESETS
from webapp import create_app
from webapp.config import Settings
from webapp.database import writing
from webapp.extensions import MIGRATIONS, db
from webapp.models.policy import Policy
from webapp.models.subscriber import Subscriber
from webapp.runtime import runtime


@pytest.fixture
def empty(database_kind, tmp_path, request) -> Iterator[Callable[[], Flask]]:
    """Applications over one database that nobody has migrated yet."""
    url, made = f"sqlite:///{tmp_path / 'empty.sqlite3'}", []
    cluster = request.getfixturevalue("postgres") if database_kind == "postgresql" else None
    name = cluster.create() if cluster else ""
    url = cluster.url(name) if cluster else url

    def make() -> Flask:
        settings = KEYS | {"BELFRY_DATABASE_URL": url, "BELFRY_INSTANCE": str(tmp_path)}
        made.append(create_app(Settings.read(settings)))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    if cluster:
        cluster.drop(name)


def upgrade(app: Flask) -> None:
    with app.app_context():
        flask_migrate.upgrade(directory=str(MIGRATIONS))
        db.session.remove()


def test_the_models_are_what_the_migrations_lay(session):
    flask_migrate.check(directory=str(MIGRATIONS))  # ends the process where they differ


def test_the_policies_that_every_installation_begins_with_are_the_presets(session):
    stored = {policy.name: policy.as_word() for policy in session.scalars(select(Policy))}
    assert stored == {preset.name: preset for preset in PRESETS}


def test_twice_is_as_good_as_once(empty):
    app = empty()
    upgrade(app)
    upgrade(app)
    with app.app_context():
        assert len(db.session.scalars(select(Policy)).all()) == len(PRESETS)


def test_two_processes_at_once_do_it_once(empty, process_environment):
    app = empty()
    address = {"BELFRY_DATABASE_URL": app.extensions["belfry"].settings.database_url}
    command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
    both = [
        subprocess.Popen(command, cwd=ROOT, env=process_environment | address, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    with app.app_context():
        assert len(db.session.scalars(select(Policy)).all()) == len(PRESETS)


def test_down_and_up_again(empty):
    app = empty()
    upgrade(app)
    with app.app_context():
        flask_migrate.downgrade(directory=str(MIGRATIONS), revision="base")
        db.session.remove()
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
    upgrade(app)
    with app.app_context():
        assert db.session.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1


def test_down_with_a_subscriber(empty):
    app = empty()
    upgrade(app)
    with app.app_context():
        with writing(db.session) as session:
            policy_id, now = session.scalars(select(Policy.id)).first(), runtime().clock.now()
            known: dict[str, Any] = {
                "policy_id": policy_id,
                "created_at": now,
                "changed_at": now,
                "settings": {},
                "secrets": "",
            }
            session.add(Subscriber(name="archive", **known))
        flask_migrate.downgrade(directory=str(MIGRATIONS), revision="0007")
        db.session.remove()
        assert db.session.execute(text("SELECT count(*) FROM subscriber")).scalar() == 1
