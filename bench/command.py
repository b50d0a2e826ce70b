"""What one types: which targets, with or without peers, or the profile of one row instead."""

import argparse
import logging
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import record
from bench.bench import Bench, opened
from bench.durability import demand_durable
from bench.profiling import profile
from bench.record import Reached
from bench.report import table, write_down
from bench.rounds import needed, reached, run
from bench.rows import ROWS
from bench.sizes import FULL
from bench.surroundings import hardware
from bench.targets import chosen
from webapp.starting import switch_often


def main(words: Sequence[str]) -> None:
    """Run the command. A missed target is no error: this measures, and does not judge."""
    asked = _parser().parse_args(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # unwinds, so that every started server is stopped
    logging.disable(logging.WARNING)  # the results are read from the database, not from the log
    switch_often()
    with (
        tempfile.TemporaryDirectory(prefix="belfry-bench-") as folder,
        opened(asked.sizes(asked), Path(folder)) as bench,
    ):
        asked.do(bench, asked)


def _measure(bench: Bench, asked: argparse.Namespace) -> None:
    """Measure, print the table, and write it down."""
    targets = chosen(asked.targets, peers=asked.peers)
    _say(demand_durable(bench))
    rounds = run(bench, needed(targets), say=_say)
    today, where = datetime.now(UTC).date().isoformat(), hardware()
    known = record.read() | {target: Reached(reached(target, rounds), today, where) for target in targets}
    record.write(known)
    write_down(known, today)
    print(table(known, today))


def _profile(bench: Bench, asked: argparse.Namespace) -> None:
    profile(bench, asked.row)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    what = parser.add_subparsers(required=True)
    measure = what.add_parser("measure", help=_measure.__doc__)
    measure.add_argument("--targets", default="", metavar="1,2", help="their numbers; else all of them")
    measure.add_argument("--peers", action="store_true", help="also what needs Celery and Redis")
    measure.add_argument("--rounds", type=int, default=FULL.rounds, help="how often (default: %(default)s)")
    measure.set_defaults(do=_measure, sizes=lambda asked: replace(FULL, rounds=asked.rounds))
    profiling = what.add_parser("profile", help="Print where the time of a row's pipeline goes.")
    profiling.add_argument("row", choices=ROWS)
    profiling.set_defaults(do=_profile, sizes=lambda _asked: FULL)
    return parser


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
