"""The table: what is in it for whatever was measured, and that it lands in its place."""

from pathlib import Path

import pytest

from bench import record
from bench.record import Reached
from bench.report import table, verdict, write_down
from bench.targets import LIMITS, TARGETS, Target, Unit, chosen

RATE = Target(1, "deliveries", Unit.PER_SECOND, 800, 2500, ("sqlite",), lambda _: 0.0)
WAIT = Target(1, "wait", Unit.SECONDS, 1, 0.3, ("sqlite",), lambda _: 0.0)
SHOWN = Target(1, "shown", Unit.SECONDS, None, None, ("sqlite",), lambda _: 0.0)
TODAY = "2026-11-20"


@pytest.mark.parametrize(
    ("target", "figure", "said"),
    [
        (RATE, 2500, "what we are after"), (RATE, 800, "holds"), (RATE, 799, "**missed**"),
        (WAIT, 0.3, "what we are after"), (WAIT, 1, "holds"), (WAIT, 1.1, "**missed**"), (SHOWN, 9, ""),
    ],
)  # fmt: skip
def test_verdict(target: Target, figure: float, said: str) -> None:
    assert verdict(target, figure) == said


def test_a_figure_of_another_day_says_so() -> None:
    old, new = (Reached(1.5, day, "a machine") for day in ("2026-11-01", TODAY))
    shown = table({TARGETS[0]: old, TARGETS[1]: new}, TODAY)
    assert "1.5 × (2026-11-01)" in shown
    assert f"({TODAY})" not in shown


def test_what_was_never_measured_says_what_it_needs() -> None:
    shown = table({}, TODAY)
    assert "needs make bench-peers" in shown
    assert shown.count("not measured yet") + shown.count("needs make bench-peers") == len(TARGETS)


def test_it_lands_between_its_marks_with_what_limits_the_missed(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n")
    write_down({RATE: Reached(1, TODAY, "a machine")}, TODAY, document)
    text = document.read_text()
    assert (text.startswith("before\n"), text.endswith("\nafter\n"), "old" in text) == (True, True, False)
    assert f"- 1: {LIMITS[1]}." in text
    assert LIMITS[3] not in text


def test_each_that_may_be_missed_has_a_limit() -> None:
    assert {target.number for target in TARGETS if target.must is not None} == LIMITS.keys()


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    file, known = tmp_path / "reached.json", {TARGETS[0]: Reached(2.5, TODAY, "a machine")}
    record.write(known, file)
    assert record.read(file) == known


def test_targets_are_known_by_different_names() -> None:
    assert len({target.key for target in TARGETS}) == len(TARGETS)


@pytest.mark.parametrize(("peers", "numbers"), [(True, {1, 2}), (False, {1, 2})])
def test_targets_are_chosen_by_number(peers: bool, numbers: set[int]) -> None:
    assert {target.number for target in chosen("1,2", peers=peers)} == numbers
    assert any("celery" in target.rows for target in chosen("1", peers=peers)) == peers
