"""The clock is read at the entry points; everyone below is handed the time, or a Clock."""

from pathlib import Path

import pytest

from tests.support.source import calls, modules

ENTRY_POINTS = {"views", "api", "cli", "jobs", "runtime.py", "serving.py"}
READS = {
    "time.time",
    "time.time_ns",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "sqlalchemy.func.now",
    "sqlalchemy.func.current_timestamp",
}
# What measures how long something took is no clock to a provider: it bounds its own waiting by it.
STOPWATCHES = {"time.monotonic", "time.perf_counter", "time.monotonic_ns", "time.perf_counter_ns"}


def _below() -> list[Path]:
    return [path for path in modules("webapp") if path.parts[1] not in ENTRY_POINTS]


def _reads(path: Path, forbidden: set[str]) -> list[str]:
    return [f"{path}:{node.lineno} {name}" for node, name in calls(path) if name in forbidden]


def test_no_clock_is_read_below_the_entry_points() -> None:
    found = [place for path in _below() for place in _reads(path, READS)]
    assert not found


def test_only_providers_use_a_stopwatch() -> None:
    found = [place for path in _below() if path.parts[1] != "providers" for place in _reads(path, STOPWATCHES)]
    assert not found


@pytest.mark.parametrize("text", ["from time import time as t\nt()", "import datetime as d\nd.datetime.now()"])
def test_a_reading_is_found_under_another_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(text)
    assert _reads(tmp_path / "late.py", READS)
