"""Extensions: unbound until an application is there, and what every table has in common."""

import re

import pytest
from sqlalchemy import JSON, DateTime

from webapp.database import UTCDateTime
from webapp.extensions import MIGRATIONS, db
from webapp.runtime import runtime

TABLES = sorted(db.metadata.tables.values(), key=lambda table: table.name)


def test_without_an_application_there_is_no_database():
    with pytest.raises(RuntimeError, match="application context"):
        _ = db.engine


def test_they_are_bound_to_the_application(app):
    assert {"sqlalchemy", "csrf", "mail", "migrate", "babel"} <= set(app.extensions)
    assert app.login_manager
    with app.app_context():
        assert db.engine.url.render_as_string() == runtime().settings.database_address


def test_the_migrations_are_where_it_says(app):
    assert app.extensions["migrate"].directory == str(MIGRATIONS)
    assert (MIGRATIONS / "env.py").exists()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_time_is_kept_in_utc(table):
    times = [column for column in table.columns if isinstance(column.type, (DateTime, UTCDateTime))]
    assert all(isinstance(column.type, UTCDateTime) for column in times)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_constraint_and_index_has_a_name_to_change_it_by(table):
    made = {re.match("[a-z]+", str(it.name))[0] for it in [*table.constraints, *table.indexes]}
    assert made <= {"pk", "fk", "uq", "ck", "ix"}


def test_what_has_no_shape_of_its_own_is_json():
    message = db.metadata.tables["message"]
    assert isinstance(message.c.attributes.type, JSON)
    assert isinstance(message.c.counted.type, JSON)
