"""Updating the database's statistics for its query planner, after somebody has posted very much."""

from webapp.database import writing
from webapp.extensions import db
from webapp.models import job, planning

NAME = planning.NAME


def take_wanted() -> bool:
    """Take over the update, if one was asked for; of several processes only one gets True."""
    with writing(db.session) as session:
        return job.take_wanted(session, planning.NAME)


def count_anew() -> None:
    """Update the statistics, in a transaction of its own."""
    with writing(db.session) as session:
        planning.count_anew(session)
