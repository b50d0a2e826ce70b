"""Updates the database's statistics, by which it plans its queries, after a very large post.

PostgreSQL does so by itself within minutes; until then it takes a queue of a million for an empty one, and a claim
costs a dozen times as much. A request that is lost costs no more than that.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.models import job as jobs

LARGE = 10_000  # deliveries of one post
NAME = "planning"  # beside the jobs' names: a run is requested in the same way
_TABLES = ("message", "user_notification", "delivery", "move")  # what a post writes into
_SAMPLE = 1000  # rows of an index that SQLite looks at; PostgreSQL has a number of its own


def ask(session: Session, *, now: datetime) -> None:
    """Request it, in the transaction that makes it worth while."""
    jobs.change_order(session, NAME, wanted_at=now)


def count_anew(session: Session) -> None:
    """Update the statistics from a sample: on PostgreSQL that blocks nobody, on SQLite other writers for
    milliseconds."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"PRAGMA analysis_limit={_SAMPLE}"))
    for table in _TABLES:
        session.execute(text(f"ANALYZE {table}"))
