"""Failed tests are run once more, alone (``make test AGAIN=1``), and those that pass then are named at the very end.

A machine that stalls for a while can fail a correct test. What fails twice is broken. What fails only beside other
tests needs somebody's look, so such a run is not reported as passed.
"""

import pytest
from _pytest.terminal import TerminalReporter

WHOLE = "belfry/whole"  # how the first run ended


def pytest_unconfigure(config: pytest.Config) -> None:
    """Print after pytest's own last line."""
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
