"""Letting the database count anew what it plans by, once somebody has posted very much."""

from webapp.database import writing
from webapp.extensions import db
from webapp.models import job, planning

NAME = planning.NAME


def take_wanted() -> bool:
    """Take it on, where somebody wished for it; of several processes one gets True."""
    with writing(db.session) as session:
        return job.take_wanted(session, planning.NAME)


def count_anew() -> None:
    """Do it, in a transaction of its own."""
    with writing(db.session) as session:
        planning.count_anew(session)
