"""The locks pin everything, by hash, and say nothing of where it came from."""

import re
import tomllib

import pytest

from tests.support import ROOT

LOCKS = ["requirements.lock", "requirements-dev.lock", ".ci/browser.lock", "bench/peers.lock"]
PIN = re.compile(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)


def _pins(lock: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / lock).read_text()))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z])", (ROOT / lock).read_text())
    assert [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address(lock: str) -> None:
    assert not re.search(r"https?://|file:|--index|--find|--extra", (ROOT / lock).read_text())


def test_the_development_lock_holds_the_runtime_one() -> None:
    assert _pins("requirements.lock").items() <= _pins("requirements-dev.lock").items()


def test_the_locks_know_everything_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[<>=\[]", wish)[0] for wish in asked}
    assert names <= _pins("requirements-dev.lock").keys()
