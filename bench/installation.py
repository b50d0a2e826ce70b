"""Belfry as the benchmark furnishes it: a database of its own in a folder of its own, with everything durable.

What furnishes a test's installation does so here, too (``tests.support.house``), and so does a test's PostgreSQL: the
one difference is that here every commit waits for its disk.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from flask import Flask

from tests.support.databases import KEYS
from tests.support.house import House
from tests.support.postgres import Cluster
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import MIGRATIONS
from webapp.runtime import engine
from webapp.services.running.dispatching import one_pass

SENDER = "edith"
BODY = "There is *soup* today, and:\n\n- bread\n- cheese\n\nWho comes?\n"
NO_LIMITS = {"BELFRY_RECIPIENTS_PER_HOUR": "0", "BELFRY_POSTS_PER_MINUTE": "0", "BELFRY_API_RATE": "0"}
# PostgreSQL as Debian installs it, with memory for its pages and a disk that does not turn.
_DISK = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "random_page_cost": "1.1"}
DURABLE = {**_DISK, "shared_buffers": "256MB"}


class Installation:
    """A migrated database, whoever works on it: this process through ``house``, or others by ``environment``."""

    def __init__(self, folder: Path, database_url: str = "", **settings: str) -> None:
        given = {f"BELFRY_{name}": value for name, value in settings.items()}
        place = {"BELFRY_INSTANCE": str(folder), "BELFRY_DATABASE_URL": database_url}
        self.environment = {**KEYS, **NO_LIMITS, **place, "BELFRY_ALLOWED_NETWORKS": "127.0.0.0/8", **given}
        self.app: Flask = create_app(Settings.read(self.environment))
        self.house = House(self.app)
        self._migrate()

    def furnish(self, *, recipients: int, immediate: bool = False) -> list[str]:
        """Somebody who posts, a channel of e-mail, and so many who receive: gives their names."""
        self.house.move_in(SENDER)
        self.house.open_channel(immediate=immediate)
        return self.house.crowd(recipients)

    def post(self, to: list[str]) -> None:
        """One message for all of them."""
        self.house.post(SENDER, to, "Lunch at noon", BODY)

    def drain(self) -> dict[str, int]:
        """Deliver here all that is due, and count what became of it."""
        with self.app.app_context():
            return one_pass(engine=engine(self.app), kinds=["dispatcher"])

    def _migrate(self) -> None:
        with self.app.app_context():
            command.upgrade(self.app.extensions["migrate"].migrate.get_config(str(MIGRATIONS)), "head")


@contextmanager
def installed(folder: Path, cluster: Cluster | None = None, **settings: str) -> Iterator[Installation]:
    """One on SQLite in ``folder``, or on a new database of ``cluster``."""
    folder.mkdir()
    made = Installation(folder, cluster.url(cluster.create()) if cluster else "", **settings)
    try:
        yield made
    finally:
        made.house.reconnect()  # which lets go of what is open
