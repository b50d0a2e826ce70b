"""How many tests run at once: more than there are processors, since many of them wait for a process or a retry."""

import os
from collections.abc import Generator

import pytest

# An end-to-end test leaves its processor idle for a third of the time.
FOR_EACH_PROCESSOR = 1.5


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> Generator[None, int, int]:
    """For ``--numprocesses auto``. Tests with ``--python-only`` do not wait, so they get one per processor; an explicit
    number is obeyed."""
    processors = yield
    if config.getoption("python_only") or "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return processors
    return int(processors * FOR_EACH_PROCESSOR)
