"""Debian's chromium, driven by Playwright: the fixtures ``page``, ``context`` and ``new_context`` are its plugin's."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support import machine

WITHIN_MS = 30_000  # waits end as soon as the expected thing happens; this is for a machine that stalls
expect.set_options(timeout=WITHIN_MS)
# Nothing may leave this machine; and root cannot use the sandbox.
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], pytestconfig: pytest.Config) -> dict[str, Any]:
    """Start the system's chromium rather than one that Playwright would download."""
    program = machine.chromium()
    if program is None:
        machine.missing("chromium", pytestconfig)
    return browser_type_launch_args | {"executable_path": str(program), "args": FLAGS}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """One reader's browser: English, in UTC, on a laptop, and without motion that a test would have to wait for."""
    return browser_context_args | {
        "locale": "en-GB",
        "timezone_id": "UTC",
        "viewport": {"width": 1440, "height": 900},
        "reduced_motion": "reduce",
    }
