"""What fails is run once more by itself, and named where it passes then: two runs of pytest, as ``make test`` has."""

import os
import re
import subprocess
import sys

import pytest

from tests.support import ROOT

TESTS = """
from pathlib import Path

def test_good():
    pass

def test_once():
    ran = Path("ran")
    before, _ = ran.exists(), ran.touch()
    assert before

def test_always():
    assert {always}
"""


@pytest.fixture
def pytest_in(tmp_path):
    def run(*options):
        command = [sys.executable, "-m", "pytest", "-p", "tests.support.again", "-p", "no:randomly", *options]
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()

    return run


def again(make):
    """The second command of the recipe of ``make test``."""
    return re.search(r"(--last-failed .*none)", make).group(1).split()


@pytest.mark.parametrize(("always", "code"), [(True, 0), (False, 1)])
def test_what_fails_twice_fails_and_what_passes_alone_is_named(pytest_in, tmp_path, always, code):
    (tmp_path / "test_it.py").write_text(TESTS.format(always=always))
    failed, lines = pytest_in()
    assert failed == 1
    assert not any("passed alone" in line for line in lines)
    came_of_it, lines = pytest_in(*again((ROOT / "Makefile").read_text()))
    assert came_of_it == code
    assert lines[-2] == "Failed beside others, passed alone: test_it.py::test_once"
    assert lines[-1] == f"Of all: {1 + always} passed, {2 - always} failed; 1 of these passed alone."


def test_a_run_that_failed_although_no_test_did_is_not_made_good(pytest_in, tmp_path):
    (tmp_path / "test_it.py").write_text("def test_good():\n    pass\n")
    pytest_in()
    assert pytest_in(*again((ROOT / "Makefile").read_text()))[0] == pytest.ExitCode.NO_TESTS_COLLECTED
