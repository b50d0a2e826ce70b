"""A PostgreSQL database that is reset between tests, which is much faster than making a new one."""

from typing import Any, LiteralString

import psycopg

from tests.support.postgres import Cluster

# Small tables are deleted from, which costs least. Those larger than ten pages are truncated: the planner assumes at
# least ten pages for a table that was never analyzed, so it never notices what earlier tests have left.
EMPTY = """
SET session_replication_role = replica;
DO $$
DECLARE
    filled record;
BEGIN
    FOR filled IN SELECT oid::regclass AS name, pg_relation_size(oid) AS bytes FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        IF filled.bytes > 10 * 8192 THEN
            EXECUTE format('TRUNCATE %s CASCADE', filled.name);
        ELSIF filled.bytes > 0 THEN
            EXECUTE format('DELETE FROM %s', filled.name);
        END IF;
    END LOOP;
END $$;
"""
TABLES = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""
SEQUENCES = """
SELECT format('SELECT setval(%L, %s, %L);', schemaname || '.' || sequencename, coalesce(last_value, start_value),
              last_value IS NOT NULL)
FROM pg_sequences
"""
# Any change of the schema or of the planner's statistics adds or removes a row in these catalogues; changes of tables'
# rows never do.
SCHEMA: LiteralString = " UNION ALL ".join(
    f"SELECT count(*), max(xmin::text::bigint) FROM {catalogue}"
    for catalogue in ("pg_attribute", "pg_constraint", "pg_index", "pg_statistic", "pg_trigger")
)


class Reused:
    """A copy of the database ``template``; ``restore()`` resets its rows and sequences."""

    def __init__(self, cluster: Cluster, template: str) -> None:
        self._cluster, self._template = cluster, template
        self._make()
        with cluster.connect(self.name) as connection:
            self._schema = connection.execute(SCHEMA).fetchall()
            self._rows = {table: _read(connection, table) for (table,) in connection.execute(TABLES)}
            self._restart = "".join(statement for (statement,) in connection.execute(SEQUENCES))

    @property
    def url(self) -> str:
        """The address until the next ``restore()``, which changes it, so that leftover connections cannot return."""
        return self._cluster.url(self.name)

    def restore(self) -> None:
        """End all connections and reset the rows; make the database anew where its schema was changed."""
        self.name = self._cluster.rename(self.name)
        with self._cluster.connect(self.name) as connection:
            unchanged = connection.execute(SCHEMA).fetchall() == self._schema
            if unchanged:
                self._refill(connection)
        if not unchanged:
            self.drop()
            self._make()

    def drop(self) -> None:
        """Remove it, whoever is still connected."""
        self._cluster.drop(self.name)

    def _make(self) -> None:
        self.name = self._cluster.create(self._template)

    def _refill(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(f"{EMPTY}{self._restart}".encode())
        for table, rows in self._rows.items():
            with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
                copy.write(rows)


def _read(connection: psycopg.Connection[Any], table: str) -> bytes:
    with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
        return b"".join(copy)
