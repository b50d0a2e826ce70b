"""What is to be reached: the figure that must hold, and the one that we are after."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

Round = Mapping[str, float]  # every figure of one round, as "row.figure"


class Unit(Enum):
    """How a figure is written."""

    TIMES = "{:.3g} ×"
    SHARE = "{:.0%}"
    SECONDS = "{:.3g} s"
    MILLISECONDS = "{:.3g} ms"
    PER_SECOND = "{:,.0f} /s"
    MEGABYTES = "{:.0f} MB"
    PERCENT = "{:.2%}"

    def write(self, figure: float) -> str:
        """Such as 12 % or 2,500 /s."""
        return self.value.format(figure)


@dataclass(frozen=True, slots=True)
class Target:
    """One figure: ``of`` takes it out of a round in which ``rows`` were measured. Without ``must`` it is only shown."""

    number: int
    what: str
    unit: Unit
    must: float | None
    after: float | None
    rows: Sequence[str]
    of: Callable[[Round], float]

    @property
    def more_is_better(self) -> bool:
        """Which way is up: what we are after says so."""
        return self.must is None or self.after is None or self.after > self.must

    def reaches(self, reached: float, wanted: float | None) -> bool:
        """Whether ``reached`` is as good as what is wanted."""
        return wanted is None or (reached >= wanted if self.more_is_better else reached <= wanted)


def _figure(name: str) -> Callable[[Round], float]:
    return lambda round_: round_[name]


def _ratio(name: str, to: str) -> Callable[[Round], float]:
    return lambda round_: round_[name] / round_[to]


U = Unit
TARGETS: tuple[Target, ...] = (
    Target(1, "HTTP deliveries on SQLite, to Celery's", U.TIMES, 8, 20, ("sqlite", "celery"),
           _ratio("sqlite.rate", "celery.rate")),
    Target(1, "HTTP deliveries on SQLite", U.PER_SECOND, None, None, ("sqlite",), _figure("sqlite.rate")),
    Target(2, "to the rate of libcurl alone", U.SHARE, 0.12, 0.25, ("sqlite", "curl"),
           _ratio("sqlite.rate", "curl.rate")),
    Target(2, "CPU for 1,000", U.SECONDS, 0.20, 0.08, ("sqlite",), _figure("sqlite.cpu")),
    Target(2, "libcurl alone", U.PER_SECOND, None, None, ("curl",), _figure("curl.rate")),
    Target(3, "HTTP deliveries on PostgreSQL, to SQLite's", U.SHARE, 0.70, 0.90, ("postgres", "sqlite"),
           _ratio("postgres.rate", "sqlite.rate")),
    Target(4, "a far side that takes 50 ms, 64 in flight: of the limit", U.SHARE, 0.85, 0.94, ("far few",),
           _figure("far few.share")),
    Target(4, "the same, 256 in flight", U.SHARE, 0.75, 0.90, ("far many",), _figure("far many.share")),
    Target(5, "mails, to Celery's with Flask-Mail", U.TIMES, 4, 8, ("mail", "celery mail"),
           _ratio("mail.rate", "celery mail.rate")),
    Target(5, "mails", U.PER_SECOND, None, None, ("mail",), _figure("mail.rate")),
    Target(5, "CPU for 1,000 mails", U.SECONDS, None, None, ("mail",), _figure("mail.cpu")),
)  # fmt: skip


def chosen(numbers: str, *, peers: bool) -> list[Target]:
    """Those of these numbers ("1,2"; all where it is empty); what needs a peer only with ``peers``."""
    wanted = {int(number) for number in numbers.split(",") if number.strip()}
    mine = [target for target in TARGETS if not wanted or target.number in wanted]
    return [target for target in mine if peers or not any(row.startswith("celery") for row in target.rows)]
