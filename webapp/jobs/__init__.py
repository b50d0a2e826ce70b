"""The jobs of a serving process: a timetable under APScheduler, the resident pipeline that it wakes, and a watch over
the clock. The scheduler may trigger; the database says what is due."""

from webapp.jobs.keeper import Timekeeper, begin, timekeeper
from webapp.jobs.timetable import TIMETABLE, numbers

__all__ = ["TIMETABLE", "Timekeeper", "begin", "numbers", "timekeeper"]
