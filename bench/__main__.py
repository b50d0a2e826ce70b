"""``python -m bench``: measure, and print the table."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.sizes import FULL


def main(words: Sequence[str]) -> None:
    """Measure what ``words`` ask for. A target that is missed is no error: this measures, and does not judge."""
    asked = _parser().parse_args(words)
    # Late, because each sink's process imports this module, too.
    from bench.bench import opened
    from bench.profiling import profile
    from bench.report import print_table
    from bench.rounds import needed, reached, run
    from bench.targets import chosen
    from webapp.serving import SWITCH_INTERVAL_S

    logging.disable(logging.WARNING)  # whoever measures looks at what was written down
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with tempfile.TemporaryDirectory(prefix="belfry-bench-") as folder, opened(FULL, Path(folder)) as bench:
        if asked.profile:
            profile(bench, asked.profile)
            return
        targets = chosen(asked.rows, peers=asked.peers)
        rounds = run(bench, needed(targets), say=_say)
    found = {target: reached(target, rounds) for target in targets}
    print_table(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", default="", help="numbers of targets, such as 1,2; else all of them")
    parser.add_argument("--peers", action="store_true", help="also what needs Celery and Redis")
    parser.add_argument("--profile", metavar="ROW", help="print where the time of a row's pipeline goes, instead")
    return parser


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
