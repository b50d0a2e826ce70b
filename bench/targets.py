"""The targets: for each figure the value that must hold, and the one that is aimed for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

Round = Mapping[str, float]  # all figures of one round, as "row.figure"


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
    """One figure: ``of`` computes it from a round in which ``rows`` were measured. Without ``must`` it is only
    shown."""

    number: int
    what: str
    unit: Unit
    must: float | None
    after: float | None
    rows: tuple[str, ...]
    of: Callable[[Round], float]

    @property
    def key(self) -> str:
        """Identifies the target over several runs."""
        return f"{self.number}. {self.what}"

    @property
    def more_is_better(self) -> bool:
        """Whether a higher figure is better, by comparing the two target values."""
        return self.must is None or self.after is None or self.after > self.must

    def reaches(self, reached: float, wanted: float | None) -> bool:
        """Whether ``reached`` is as good as ``wanted``."""
        return wanted is None or (reached >= wanted if self.more_is_better else reached <= wanted)


def _figure(name: str) -> Callable[[Round], float]:
    return lambda round_: round_[name]


def _ratio(name: str, to: str) -> Callable[[Round], float]:
    return lambda round_: round_[name] / round_[to]


# What limits the target of each number, for those that are missed.
LIMITS: Mapping[int, str] = {
    1: "what Python does for a delivery, in a process that has one interpreter",
    2: "what Python does for a delivery, and SQLite: each is written three times, with its indexes",
    3: "PostgreSQL's own work for a delivery, which the pipeline waits for as long as it works itself",
    4: "what Python does for a delivery: the processor is full before the far side's time has passed",
    5: "what Python does for a mail, in a process that has one interpreter",
    6: "seven statements by way of SQLAlchemy, and the disk, which each post waits for",
    7: "the post through the API, and a turn for one delivery, which has as many statements as one for 200",
    8: "eight who ask wait for each other, and for the engine, which keeps a quarter of the time; most of a slow list "
       "is SQLite's look at thousands of rows",
    9: "what Flask, SQLAlchemy and Jinja do for an answer, in Python; the bench's client has a part of the two cores",
    10: "who asks in the middle of a turn waits for its end, and one for 200 deliveries takes some 40 ms",
    11: "some 1,200 modules, which Python loads one after another",
}  # fmt: skip

U = Unit
TARGETS: tuple[Target, ...] = (
    Target(1, "HTTP deliveries on SQLite, to Celery's", U.TIMES, 8, 20, ("sqlite", "celery"),
           _ratio("sqlite.rate", "celery.rate")),
    Target(1, "HTTP deliveries on SQLite", U.PER_SECOND, None, None, ("sqlite",), _figure("sqlite.rate")),
    Target(1, "Celery's", U.PER_SECOND, None, None, ("celery",), _figure("celery.rate")),
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
    Target(6, "posts to one person, each durable", U.PER_SECOND, 800, 2500, ("posts",), _figure("posts.rate")),
    Target(6, "one post to 10,000 people", U.SECONDS, 1, 0.3, ("posts",), _figure("posts.wide_s")),
    Target(7, "immediate post to hand-over, one process: p50", U.MILLISECONDS, 15, 5, ("wake one",),
           _figure("wake one.p50")),
    Target(7, "the same: p99", U.MILLISECONDS, 60, 15, ("wake one",), _figure("wake one.p99")),
    Target(7, "the same, another process sends: p50", U.MILLISECONDS, 15, 5, ("wake two",), _figure("wake two.p50")),
    Target(7, "the same, another process sends: p99", U.MILLISECONDS, 60, 15, ("wake two",), _figure("wake two.p99")),
    *(
        Target(8, f"{what}, 1 M finished rows to 10,000", U.TIMES, 1.1, 1.05, ("lists",), _figure(f"lists.{name}"))
        for name, what in {"claim": "a claim of 100", "inbox": "the inbox", "unread": "the count of unread",
                           "failed": "the list of what failed"}.items()
    ),
    Target(8, "every list beside a busy dispatcher, 8 readers: the slowest's p95", U.SECONDS, 0.2, 0.1, ("readers",),
           _figure("readers.worst")),
    Target(8, "the numbers of all of it, by the API", U.SECONDS, None, None, ("readers",), _figure("readers.numbers")),
    Target(9, "inbox pages at 1 M rows, 16 connections", U.PER_SECOND, 800, 2000, ("pages",),
           _figure("pages.page rate")),
    Target(9, "the same: p99", U.MILLISECONDS, 60, 20, ("pages",), _figure("pages.page p99")),
    Target(9, "polls of an unchanged inbox", U.PER_SECOND, 2000, 5000, ("pages",), _figure("pages.poll rate")),
    Target(10, "a post while the same process delivers: p50", U.MILLISECONDS, 10, 3, ("beside",),
           _figure("beside.p50")),
    Target(10, "the same: p99", U.MILLISECONDS, 80, 40, ("beside",), _figure("beside.p99")),
    Target(10, "deliveries meanwhile", U.PER_SECOND, None, None, ("beside",), _figure("beside.deliveries")),
    Target(11, "idle: of one core", U.PERCENT, 0.01, 0.003, ("idle",), _figure("idle.share")),
    Target(11, "idle: memory of all processes (PSS)", U.MEGABYTES, 170, 130, ("idle",), _figure("idle.memory")),
    Target(11, "start to the first answer", U.SECONDS, 2, 1.2, ("idle",), _figure("idle.start_s")),
    Target(12, "posts through the API, 16 connections", U.PER_SECOND, None, None, ("api",), _figure("api.rate")),
    Target(12, "the same: p99", U.MILLISECONDS, None, None, ("api",), _figure("api.p99")),
    Target(12, "CPU for 1,000 of them", U.SECONDS, None, None, ("api",), _figure("api.cpu")),
    Target(13, "webhooks to one subscriber", U.PER_SECOND, None, None, ("webhooks",), _figure("webhooks.rate")),
    Target(13, "CPU for 1,000 of them", U.SECONDS, None, None, ("webhooks",), _figure("webhooks.cpu")),
)  # fmt: skip


def chosen(numbers: str, *, peers: bool) -> list[Target]:
    """The targets of these numbers ("1,2"; empty: all); those with peers only if ``peers``."""
    wanted = {int(number) for number in numbers.split(",") if number.strip()}
    mine = [target for target in TARGETS if not wanted or target.number in wanted]
    return [target for target in mine if peers or not needs_peers(target)]


def needs_peers(target: Target) -> bool:
    """Whether the target compares with another queue."""
    return any(row.startswith("celery") for row in target.rows)
