"""The database that is used again: whatever a test has done to it, the next one finds it as if it were new."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.support.postgres import Cluster
from tests.support.reused import Reused

BEGINNING = """
CREATE TABLE person (id serial PRIMARY KEY, name text, word text UNIQUE);
CREATE TABLE letter (person_id int REFERENCES person NOT NULL);
INSERT INTO person (name) VALUES ('ada'), ('emil');
INSERT INTO letter VALUES (2);
"""
SCHEMA = "SELECT relname, relnatts FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"


@pytest.fixture(scope="module")
def reused(postgres: Cluster) -> Iterator[Reused]:
    name = postgres.create()
    with postgres.connect(name) as connection:
        connection.execute(BEGINNING)
    made = Reused(postgres, name)
    yield made
    made.drop()
    postgres.drop(name)


@pytest.mark.parametrize(
    "deeds",
    [
        "SELECT 1",
        "UPDATE person SET name = 'eve'",
        "DELETE FROM letter; DELETE FROM person",
        "INSERT INTO person (name) VALUES ('eve'); INSERT INTO letter VALUES (3)",
        "INSERT INTO person (name) SELECT 'one of many' FROM generate_series(1, 5000); INSERT INTO letter VALUES (77)",
        "SELECT setval('person_id_seq', 1000)",
        "ANALYZE person",
        "DELETE FROM letter; ALTER TABLE letter DROP COLUMN person_id",
        "ALTER TABLE person ADD CHECK (length(name) < 6)",
        "DROP TABLE letter",
        "CREATE TABLE more (id int)",
        "CREATE INDEX ON letter (person_id)",
        "CREATE TRIGGER no BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ],
)
def test_it_is_as_it_was(reused: Reused, deeds: str) -> None:
    before = _state(reused)
    with psycopg.connect(reused.url) as connection:
        connection.execute(deeds.encode())
    reused.restore()
    assert _state(reused) == before
    with psycopg.connect(reused.url) as connection:
        number = connection.execute("INSERT INTO person (name) VALUES ('a third one') RETURNING id").fetchone()
    reused.restore()
    assert number == (3,)


def test_whoever_was_left_behind_is_out(reused: Reused) -> None:
    url = reused.url
    with psycopg.connect(url) as left:
        left.execute("INSERT INTO person (name) VALUES ('eve')")
        left.execute("SELECT pg_advisory_lock(1)")
        reused.restore()
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def _state(reused: Reused) -> list[object]:
    """Its rows, in the order in which they lie there, its schema, and what has been counted."""
    with psycopg.connect(reused.url) as connection:
        return [
            connection.execute("SELECT * FROM person").fetchall(),
            connection.execute("SELECT * FROM letter").fetchall(),
            connection.execute(SCHEMA).fetchall(),
            connection.execute("SELECT attname FROM pg_stats WHERE schemaname = 'public'").fetchall(),
        ]
