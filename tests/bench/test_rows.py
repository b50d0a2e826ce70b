"""Every row, with tiny numbers: what is measured is not looked at, only that it can be."""

from pathlib import Path

import pytest

from bench.bench import opened
from bench.rounds import needed, reached, run
from bench.rows import ROWS
from bench.rows.celery import PROGRAMS
from bench.sizes import TINY
from bench.targets import TARGETS
from tests.support import machine
from tests.support.postgres import available

pytestmark = pytest.mark.one_database


# The same with other numbers, and as long to start.
TWINS = {"wake one", "far many"}


@pytest.mark.parametrize("row", [row for row in ROWS if row not in TWINS])
def test_it_measures_what_targets_take_from_it(row: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    if row == "postgres" and not available():
        machine.missing("postgresql", pytestconfig)
    if row.startswith("celery") and not PROGRAMS.exists():
        pytest.skip("make bench-peers installs Celery")
    with opened(TINY, tmp_path) as bench:
        rounds = run(bench, [row], say=lambda _words: None)
    for target in TARGETS:
        if list(target.rows) == [row]:
            assert target.unit.write(reached(target, rounds))


def test_every_row_is_for_a_target() -> None:
    assert set(ROWS) == set(needed(TARGETS))
