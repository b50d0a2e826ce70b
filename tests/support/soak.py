"""The soak: the usual tests at a size that takes minutes, from a seed that is printed."""

import os
import random
from collections.abc import Callable

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """``SOAK_…`` in the environment choose the seed and the sizes one by one."""
    parser.getgroup("belfry").addoption("--soak", action="store_true", help="run tests/soak at full size (make soak)")


class Soak:
    """How large a run is, its source of randomness, and its measurements."""

    def __init__(self, *, full: bool, told: Callable[[str], None]) -> None:
        self.full, self.told = full, told
        self.seed = int(os.environ.get("SOAK_SEED") or 0)

    def size(self, name: str, *, short: int, full: int) -> int:
        """A number of something; ``SOAK_<NAME>`` overrides it."""
        return int(os.environ.get(f"SOAK_{name.upper()}") or (full if self.full else short))

    def chance(self) -> random.Random:
        """A random generator that starts with the seed."""
        return random.Random(self.seed)


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> Soak:
    """A short turn, unless ``--soak`` is given. ``soak.told("…")`` adds a line to the end of the run."""

    def told(words: str) -> None:
        request.node.user_properties.append(("measured", f"{request.node.name}: {words}"))

    made = Soak(full=request.config.getoption("soak"), told=told)
    told(f"seed {made.seed}")
    return made
