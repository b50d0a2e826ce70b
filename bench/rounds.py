"""Rounds: every row once, then every row again; and the medians of the results."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from statistics import median

from bench.bench import Bench
from bench.rows import ROWS
from bench.targets import Round, Target
from webapp.starting import keep_for_good

Say = Callable[[str], None]


def run(bench: Bench, rows: Sequence[str], *, say: Say) -> list[Round]:
    """Measure these rows, interleaved, so that a slow phase of the machine affects all of them."""
    with ExitStack() as stack:
        opened = {}
        for name in rows:
            say(f"{name}: preparing")
            opened[name] = stack.enter_context(ROWS[name](bench))
        keep_for_good()
        return [_round(opened, number, say) for number in range(1, bench.sizes.rounds + 1)]


def _round(opened: Mapping[str, Callable[[], Mapping[str, float]]], number: int, say: Say) -> Round:
    figures: dict[str, float] = {}
    for row, measure in opened.items():
        found = measure()
        say(f"{row}, round {number}: {', '.join(f'{name} {value:.4g}' for name, value in found.items())}")
        figures |= {f"{row}.{name}": value for name, value in found.items()}
    return figures


def needed(targets: Iterable[Target]) -> list[str]:
    """The rows that these targets take their figures from, each once."""
    return list(dict.fromkeys(row for target in targets for row in target.rows))


def reached(target: Target, rounds: Sequence[Round]) -> float:
    """The median over the rounds. A ratio is computed within each round: whatever slows a round down slows both
    sides."""
    return median(target.of(round_) for round_ in rounds)
