"""Belfry as the benchmark sets it up: its own database in its own folder, with everything durable.

It shares ``tests.support.house`` and the PostgreSQL server with the tests; the one difference is that here every commit
waits for its disk.
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
# PostgreSQL as Debian installs it, with more memory and an SSD.
_DISK = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "random_page_cost": "1.1"}
DURABLE = {**_DISK, "shared_buffers": "256MB"}


class Installation:
    """A migrated database, used by this process through ``house``, or by others through ``environment``."""

    def __init__(self, folder: Path, database_url: str = "", **settings: str) -> None:
        given = {f"BELFRY_{name}": value for name, value in settings.items()}
        place = {"BELFRY_INSTANCE": str(folder), "BELFRY_DATABASE_URL": database_url}
        self.environment = {**KEYS, **NO_LIMITS, **place, "BELFRY_ALLOWED_NETWORKS": "127.0.0.0/8", **given}
        self.app: Flask = create_app(Settings.read(self.environment))
        self.house = House(self.app)
        self._migrate()

    def furnish(self, *, recipients: int, immediate: bool = False) -> list[str]:
        """Add a poster, an e-mail channel, and so many recipients; returns their usernames."""
        self.house.move_in(SENDER)
        self.house.open_channel(immediate=immediate)
        return self.house.crowd(recipients)

    def post(self, to: list[str]) -> None:
        """One message for all of them."""
        self.house.post(SENDER, to, "Lunch at noon", BODY)

    def drain(self) -> dict[str, int]:
        """Deliver everything that is due, in this process. Returns the number of deliveries by state."""
        with self.app.app_context():
            return one_pass(engine=engine(self.app), kinds=["dispatcher"])

    def _migrate(self) -> None:
        with self.app.app_context():
            command.upgrade(self.app.extensions["migrate"].migrate.get_config(str(MIGRATIONS)), "head")


@contextmanager
def installed(folder: Path, cluster: Cluster | None = None, **settings: str) -> Iterator[Installation]:
    """An installation on SQLite in ``folder``, or on a new database of ``cluster``."""
    folder.mkdir()
    made = Installation(folder, cluster.url(cluster.create()) if cluster else "", **settings)
    try:
        yield made
    finally:
        made.house.reconnect()  # closes the open connections
