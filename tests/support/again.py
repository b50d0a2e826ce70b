"""What failed is run once more by itself (``make test AGAIN=1``), and what passes then is named, last of all.

A machine that stops for a while fails a test that has nothing wrong with it. What fails twice is broken; what does so
beside others only, somebody has to look at, so nothing is said to have passed that once has not.
"""

import pytest
from _pytest.terminal import TerminalReporter

WHOLE = "belfry/whole"  # how the run before ended


def pytest_unconfigure(config: pytest.Config) -> None:
    """After pytest's own last line."""
    reporter, cache = config.pluginmanager.get_plugin("terminalreporter"), getattr(config, "cache", None)
    if reporter is None or cache is None:
        return
    if not config.getoption("lf", default=False):
        cache.set(WHOLE, _ended(reporter))
        return
    passed = sorted(report.nodeid for report in reporter.stats.get("passed", []))
    for name in passed:
        reporter.write_line(f"Failed beside others, passed alone: {name}", yellow=True)
    if passed:
        reporter.write_line(f"Of all: {cache.get(WHOLE, 'nobody knows')}; {len(passed)} of these passed alone.")


def _ended(reporter: TerminalReporter) -> str:
    counted = {outcome: len(reporter.stats.get(outcome, [])) for outcome in ("passed", "failed", "error", "skipped")}
    return ", ".join(f"{count} {outcome}" for outcome, count in counted.items() if count)
