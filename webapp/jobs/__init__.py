"""The jobs of a serving process: a timetable run by APScheduler, the resident pipeline that it wakes, and a watch over
the clock. The scheduler only triggers; what is due is decided by the database."""

from webapp.jobs.keeper import Timekeeper, begin, timekeeper
from webapp.jobs.timetable import TIMETABLE, numbers

__all__ = ["TIMETABLE", "Timekeeper", "begin", "numbers", "timekeeper"]
