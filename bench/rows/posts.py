"""Posting: single posts one after another, each durable when it returns; and one post to very many recipients."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench.bench import Bench, Measure
from bench.cost import measured
from bench.installation import installed


@contextmanager
def single_and_wide(bench: Bench) -> Iterator[Measure]:
    """``rate`` of posts to one person by one thread, ``cpu`` for 1,000 of them; ``wide_s`` for one to a crowd."""
    sizes = bench.sizes
    with installed(bench.room("posts")) as belfry:
        people = belfry.furnish(recipients=sizes.crowd)

        def measure() -> dict[str, float]:
            with measured() as one_by_one:
                for _ in range(sizes.posts):
                    belfry.post(people[:1])
            with measured() as wide:
                belfry.post(people)
            return {**one_by_one.rate(sizes.posts), "wide_s": wide.wall_s}

        yield measure
