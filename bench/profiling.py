"""Where the time of a row goes: cProfile over the measuring thread, which also runs the pipeline where a row drains."""

from cProfile import Profile
from pstats import Stats

from bench.bench import Bench
from bench.rows import ROWS

_LINES = 40


def profile(bench: Bench, row: str) -> None:
    """Print the profile of the second round of ``row``: in the first, much is imported and compiled. Neither the
    senders' threads nor other processes are included."""
    with ROWS[row](bench) as measure:
        measure()
        profiler = Profile()
        found = profiler.runcall(measure)
    print(", ".join(f"{name} {value:.4g}" for name, value in found.items()), "(with the profiler's own cost)")
    for order in ("tottime", "cumulative"):
        Stats(profiler).strip_dirs().sort_stats(order).print_stats(_LINES)
