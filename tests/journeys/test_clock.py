"""The wall clock of a running server is set: back by more than a day, and ahead. Dispatch goes on."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest

from tests.support import machine
from tests.support.house import House
from tests.support.mail import SmtpServer
from tests.support.server import Serve

POLL = 2.0  # seconds between two looks of the dispatcher
BACK, AHEAD = timedelta(hours=-25), timedelta(days=1)


@pytest.fixture
def set_clock(
    process_environment: dict[str, str], tmp_path: Path, pytestconfig: pytest.Config
) -> Callable[[timedelta], None]:
    """Sets the wall clock of every server that is started after this was asked for; the monotonic one goes on."""
    library = machine.faketime()
    if library is None:
        machine.missing("libfaketime", pytestconfig)
    file = tmp_path / "clock"

    def move(by: timedelta) -> None:
        aside = file.with_suffix(".new")
        aside.write_text(f"{by.total_seconds():+.0f}\n")
        aside.replace(file)

    move(timedelta(0))
    process_environment |= {
        "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1",
    }  # fmt: skip
    return move


@pytest.mark.parametrize("by", [BACK, AHEAD], ids=["back 25 h", "ahead 1 d"])
def test_dispatch_goes_on_within_two_polls(
    house: House, serve: Serve, smtp_server: SmtpServer, set_clock: Callable[[timedelta], None], by: timedelta
) -> None:
    house.move_in("edith", "emil")
    house.open_channel(immediate=False)
    house.send_by(smtp_server.port)
    server = serve()
    house.post("edith", ["emil"], "Before the clock is set")
    smtp_server.wait_for(1)

    set_clock(by)
    began = monotonic()
    house.post("edith", ["emil"], "After it was set")
    smtp_server.wait_for(2, within=30)
    assert monotonic() - began < 2 * POLL + 1, server.log
    house.wait_until_all("sent")

    house.post("edith", ["emil"], "And a while later")
    smtp_server.wait_for(3)
    assert "The clock was set by" in server.log
    assert server.health()["ok"]
