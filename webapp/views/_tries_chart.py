"""A small chart of tries over time: computes where everything is drawn; the template only writes the numbers down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log1p

from webapp.domain.duration import spelled
from webapp.services.posting.policies import Table

WIDTH = 360  # units; about as many pixels as a phone has, so that its words stay legible there
_LEFT, _RIGHT, _TRACK, _FOOT = 12, 12, 34, 22
_MOST_TRACKS, _MOST_MARKS, _LEAST_APART = 6, 60, 46  # at most: types, tries of a type; at least: units between labels
_BEYOND_LINEAR = 12  # where the longest wait is so many times the shortest, a linear scale would show only the end
_TICKS = (0.0, 1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400, 365 * 86400, 3650 * 86400)


@dataclass(frozen=True, slots=True)
class Mark:
    """A try: a dot at ``x``, or, with random delays, a bar from ``least_x`` to ``x``."""

    x: float
    least_x: float

    @property
    def wide(self) -> bool:
        """Whether the bar is wide enough to be told from a dot."""
        return self.x - self.least_x > 2


@dataclass(frozen=True, slots=True)
class Track:
    """The tries of one type of message, on a line at the height ``y``."""

    label: str
    y: int
    marks: tuple[Mark, ...]
    ends_x: float


@dataclass(frozen=True, slots=True)
class Chart:
    """All tracks on one scale, ``logarithmic`` where early tries would overlap; ``ticks`` are (x, label)."""

    height: int
    tracks: tuple[Track, ...]
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool
    width: int = WIDTH


def chart(tables: Sequence[Table]) -> Chart | None:
    """The tries of some tables; None where nothing is ever retried at a later time."""
    shown = tables[:_MOST_TRACKS]
    longest = max((table.rows[-1].elapsed for table in shown), default=0.0)
    if not longest:
        return None
    first = min(row.elapsed for table in shown for row in table.rows if row.elapsed)
    logarithmic = longest > _BEYOND_LINEAR * first
    place = _scale(longest, first if logarithmic else None)
    tracks = tuple(_track(table, number, place) for number, table in enumerate(shown))
    return Chart(len(tracks) * _TRACK + _FOOT, tracks, _ticks(longest, place, logarithmic), logarithmic)


def _scale(longest: float, first: float | None) -> Callable[[float], float]:
    """From seconds to units: linear, or with ``first`` logarithmic from about there on."""

    def bent(seconds: float) -> float:
        return log1p(seconds / first) if first else seconds

    return lambda seconds: round(_LEFT + (WIDTH - _LEFT - _RIGHT) * bent(seconds) / bent(longest), 1)


def _track(table: Table, number: int, place: Callable[[float], float]) -> Track:
    later = [row for row in table.rows if row.delay is not None][:_MOST_MARKS]
    marks = (Mark(place(0), place(0)), *(Mark(place(row.elapsed), place(row.least_elapsed)) for row in later))
    return Track(table.message_type, number * _TRACK + 24, marks, marks[-1].x)


def _ticks(longest: float, place: Callable[[float], float], logarithmic: bool) -> tuple[tuple[float, str], ...]:
    """Round times, as far apart as their labels need, and the end."""
    candidates = [it for it in _TICKS if it < longest] if logarithmic else [0.0]
    end, chosen = place(longest), list[float]()
    for seconds in candidates:
        x = place(seconds)
        if end - x >= _LEAST_APART * 1.4 and (not chosen or x - place(chosen[-1]) >= _LEAST_APART):
            chosen.append(seconds)
    last = spelled(round(longest, 1) if longest < 10 else round(longest))
    return (*((place(it), spelled(it) if it else "0") for it in chosen), (end, last))
