"""Which tests run, and on which database."""

import os
from pathlib import Path

import pytest

from tests.support import ROOT

# Packages that use the database directly are tested on both; those above them on SQLite only.
ON_BOTH = {"models", "delivery", "services"}
BROWSER_FIXTURES = {"browser", "page", "context", "new_context"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Takes ``BELFRY_TEST_REQUIRE_ALL`` out of the environment: a Belfry under test would refuse it as an unknown
    setting."""
    required = os.environ.pop("BELFRY_TEST_REQUIRE_ALL", "") not in {"", "0"}
    group = parser.getgroup("belfry")
    group.addoption("--python-only", action="store_true", help="leave out what needs PostgreSQL, a browser, smtp-sink")
    group.addoption("--require-all", action="store_true", default=required, help="fail where a test would be skipped")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses a database once on each, where its folder or its marker asks for that."""
    if "database_kind" in metafunc.fixturenames and _on_both(metafunc):
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"])


def _on_both(metafunc: pytest.Metafunc) -> bool:
    folder = Path(metafunc.definition.path).relative_to(ROOT / "tests").parts[0]
    marked = metafunc.definition.get_closest_marker
    return (folder in ON_BOTH and not marked("one_database")) or marked("both_databases") is not None


def database_of(item: pytest.Item) -> str | None:
    """The database that this test is parametrized with, if any."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("database_kind") if callspec else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Record each test's database for the report, and deselect what ``--python-only`` leaves out."""
    for item in items:
        item.user_properties.append(("database", database_of(item)))
    if config.getoption("python_only"):
        left_out = [item for item in items if _needs_more_than_python(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _needs_more_than_python(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return (
        database_of(item) == "postgresql"
        or bool(fixtures & (BROWSER_FIXTURES | {"smtp_sink", "postgres"}))
        or any(item.get_closest_marker(name) for name in ("browser", "smtp_sink"))
    )
