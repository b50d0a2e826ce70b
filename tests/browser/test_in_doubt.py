"""A mail server takes two messages and says nothing more, on a channel that never repeats what is in doubt: Olaf reads
what is known, says of one that it arrived, and sends the other one again."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.support.house import House
from tests.support.server import Serve
from tests.support.smtp import ScriptedServer, hang


@pytest.fixture
def silent() -> Iterator[ScriptedServer]:
    """It falls silent after the dot, twice."""
    server = ScriptedServer({".": [hang, hang, "250 taken"]})
    yield server
    server.stop()


def test_a_person_settles_what_is_in_doubt(house: House, serve: Serve, sign_in: SignIn, silent: ScriptedServer) -> None:
    house.move_in("edith", "emil", "nora")
    house.move_in("olaf", role="operator")
    house.open_channel(immediate=False, at_most_once=True)
    house.send_by(silent.port, timeout=1)
    house.post("edith", ["emil", "nora"], "Door code")
    house.command("dispatch")
    first = envelopes(silent.complete)
    assert len(first) == 2

    olaf = sign_in(serve(JOBS="off"), "olaf")
    olaf.goto("/failed?tab=unknown")
    emil, nora = (olaf.get_by_role("row").filter(has_text=f"to {name}") for name in ("Emil", "Nora"))
    for told in ("smtp-main began to hand it to 127.0.0.1", "To emil@example.com", "says at most once"):
        expect(emil.locator(".doubt")).to_contain_text(told)
    assert emil.locator(".doubt code").inner_text() in first

    nora.get_by_role("checkbox").check()
    olaf.get_by_role("button", name="1 arrived", exact=True).click()
    expect(olaf.locator("#flashes")).to_contain_text("1 is marked as arrived.")
    expect(nora).to_have_count(0)
    emil.get_by_role("checkbox").check()
    olaf.get_by_role("button", name="Send 1 again", exact=True).click()
    expect(olaf.get_by_role("main")).to_contain_text("They may have arrived: whoever has got it gets it a second time.")
    olaf.get_by_role("button", name="Send 1 again", exact=True).click()
    expect(olaf.locator("#flashes")).to_contain_text("1 goes out again.")
    expect(olaf.get_by_role("main")).to_contain_text("Nothing is in doubt")

    house.command("dispatch")
    [again] = envelopes(silent.mails)
    assert again not in first
    assert b"emil@example.com" in silent.mails[-1]


def envelopes(mails: list[bytes]) -> list[str]:
    """The ids that the far side sees."""
    return [re.findall(rb"X-Belfry-Envelope: (\w+)", mail)[0].decode() for mail in mails]
