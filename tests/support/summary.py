"""The last lines of a test run: what was skipped and why, that both databases had the same tests, pages looked at."""

from collections import Counter

import pytest
from _pytest.terminal import TerminalReporter

DATABASES = ("sqlite", "postgresql")


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Report everything that was left out."""
    ran = _ran(terminalreporter)
    terminalreporter.section("what ran")
    terminalreporter.line(", ".join(f"[{name}] {ran[name]}" for name in DATABASES) + _judgement(ran, config))
    if looked := _looked(terminalreporter):
        terminalreporter.line(f"Held against axe: {looked} pages (each theme and width of a page is one)")
    for words in _measured(terminalreporter):
        terminalreporter.line(words)
    for reason, count in _skipped(terminalreporter).most_common():
        terminalreporter.line(f"SKIPPED {count}: {reason}", yellow=True)
    if config.getoption("python_only"):
        terminalreporter.line("Left out by --python-only: PostgreSQL, the browser, smtp-sink.")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``--require-all``, different numbers of tests on the two databases are a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    option = session.config.getoption
    if reporter is None or not option("require_all") or option("lf"):
        return
    if session.exitstatus == pytest.ExitCode.OK and _unequal(_ran(reporter)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _ran(reporter: TerminalReporter) -> Counter[str]:
    reports = [*reporter.stats.get("passed", []), *reporter.stats.get("failed", [])]
    databases = [dict(report.user_properties).get("database") for report in reports if report.when == "call"]
    return Counter(name for name in databases if name)


def _looked(reporter: TerminalReporter) -> int:
    """How many pages the tests have recorded at teardown; the report of a successful teardown has no category."""
    ended = [*reporter.stats.get("", []), *reporter.stats.get("error", [])]
    return sum(int(value) for report in ended for name, value in _properties(report) if name == "pages")


def _measured(reporter: TerminalReporter) -> list[str]:
    """What tests have measured, as lines of text; failed ones included."""
    reports = [*reporter.stats.get("passed", []), *reporter.stats.get("failed", [])]
    return [str(value) for report in reports for name, value in report.user_properties if name == "measured"]


def _properties(report: pytest.TestReport) -> list[tuple[str, object]]:
    return report.user_properties if report.when == "teardown" else []


def _judgement(ran: Counter[str], config: pytest.Config) -> str:
    if config.getoption("python_only") or config.getoption("lf", default=False) or not _unequal(ran):
        return ""
    return "  UNEQUAL: some tests ran on one database only"


def _unequal(ran: Counter[str]) -> bool:
    return len({ran[name] for name in DATABASES}) > 1


def _skipped(reporter: TerminalReporter) -> Counter[str]:
    reports = reporter.stats.get("skipped", [])
    return Counter(_reason(report) for report in reports)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")
