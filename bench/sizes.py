"""How much is measured: enough for reliable figures within minutes, or so little that a test can do it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Counts for one round, unless stated otherwise."""

    rounds: int
    deliveries: int  # in a row that delivers at full speed
    peers_deliveries: int
    in_flight: tuple[int, int]  # against a slow far side
    slow_s: float  # the duration at the theoretical limit
    delay_s: float  # the delay of its answers
    posts: int
    crowd: int  # recipients of one wide post
    events: int
    wakings: int
    backlog: int  # due deliveries while somebody posts
    most_beside: int  # the most posts meanwhile
    seconds: float  # the duration of requests to served pages and the API
    settle_s: float
    idle_s: float
    few_rows: int  # finished deliveries, in all rounds
    many_rows: int
    looks: int  # queries of each list
    list_s: float  # the duration of concurrent requests for each list
    batch: int  # in the check for durability


FULL = Sizes(
    rounds=5, deliveries=5000, peers_deliveries=2000, in_flight=(64, 256), slow_s=2.0, delay_s=0.05, posts=400,
    crowd=10_000, events=1000, wakings=60, backlog=20_000, most_beside=500, seconds=3.0, settle_s=3.0, idle_s=6.0,
    few_rows=10_000, many_rows=1_000_000, looks=60, list_s=0.7, batch=200,
)  # fmt: skip
TINY = Sizes(
    rounds=1, deliveries=20, peers_deliveries=10, in_flight=(2, 4), slow_s=0.05, delay_s=0.01, posts=2, crowd=5,
    events=5, wakings=1, backlog=40, most_beside=2, seconds=0.01, settle_s=0, idle_s=0.1, few_rows=200, many_rows=400,
    looks=2, list_s=0.01, batch=10,
)  # fmt: skip
