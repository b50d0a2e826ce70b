"""What the database knows of how much there is, by which it plans its way through: counted anew after a very large
post.

PostgreSQL does so by itself within minutes of it; until then it takes a queue of a million for an empty one, and a
claim costs a dozen times as much. A wish for it that gets lost costs no more than that.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.models import job as jobs

LARGE = 10_000  # deliveries of one post
NAME = "planning"  # beside the jobs' names: a run of it is asked for as one of theirs is
_TABLES = ("message", "user_notification", "delivery", "move")  # what a post writes into
_SAMPLE = 1000  # rows of an index that SQLite looks at; PostgreSQL has a number of its own


def ask(session: Session, *, now: datetime) -> None:
    """Wish for it, in the transaction that makes it worth while."""
    jobs.order(session, NAME, wanted_at=now)


def count_anew(session: Session) -> None:
    """Do it, from a sample: on PostgreSQL nobody waits for that, on SQLite other writers do for milliseconds."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"PRAGMA analysis_limit={_SAMPLE}"))
    for table in _TABLES:
        session.execute(text(f"ANALYZE {table}"))
