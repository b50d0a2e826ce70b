"""What waits because Emil wanted it so: it goes when he said, and its page says what it waited for. The time is the
test's own; the mail server is a real one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select, update
from werkzeug.serving import make_server

from tests.browser.conftest import SignIn
from tests.support.clock import FakeClock
from tests.support.house import House
from tests.support.mail import SmtpServer
from webapp.models.delivery import Delivery
from webapp.models.message import Message
from webapp.models.user import User

NEWS = ("Bells", "Ropes", "Towers")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# When something is posted in a Saturday's quiet hours in Berlin, 22:00 to 07:00, and when they are over.
NIGHTS = {
    "the clocks go forward": (utc("2026-03-29 00:30"), utc("2026-03-29 05:00")),
    "the clocks go back": (utc("2026-10-25 00:30"), utc("2026-10-25 06:00")),
}


@dataclass(frozen=True)
class Pages:
    """Where the application's pages are."""

    url: str


@pytest.fixture
def house(app: Flask, smtp_server: SmtpServer) -> House:
    """The application's own, so that it goes by the clock that only the test moves."""
    made = House(app)
    made.move_in("edith", "emil")
    made.move_in("olaf", role="operator")
    made.open_channel(immediate=False)
    made.send_by(smtp_server.port)
    return made


@pytest.fixture
def server(app: Flask) -> Iterator[Pages]:
    """The same application, for a browser."""
    served = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=served.serve_forever)
    thread.start()
    yield Pages(f"http://127.0.0.1:{served.server_port}")
    served.shutdown()
    thread.join()
    served.server_close()


def told(page: Page, delivery: str) -> str:
    """The first sentence of its page."""
    page.goto(f"/deliveries/{delivery}")
    return page.locator(".verdict p").inner_text()


def test_a_digest_of_three_is_one_mail_and_explained(server, house, sign_in: SignIn, smtp_server, clock) -> None:
    emil = sign_in(server, "emil")
    emil.goto("/preferences")
    emil.get_by_role("combobox", name="How often: News by e-mail").select_option("hourly")
    expect(emil.get_by_role("status").first).to_contain_text("Saved")
    for subject in NEWS:
        clock.advance(timedelta(minutes=10))
        house.post("edith", ["emil"], subject)
        assert house.answer("dispatch") == {"queued": 1}

    posted = dict(tuple(row) for row in house.asked(select(Message.subject, Delivery.id).join(Delivery)))
    olaf = sign_in(server, "olaf")
    assert told(olaf, posted["Bells"]) == (
        "Emil gets this by e-mail at 10:00 (in 30 min): Emil gets News as a digest every hour."
    )
    clock.advance(timedelta(minutes=30, seconds=-1))
    assert house.answer("dispatch") == {}
    clock.advance(1)
    assert house.answer("dispatch") == {"sent": 3}

    [mail] = smtp_server.mails
    assert (mail.recipients, mail.subject) == (["emil@example.com"], "3 new on News: Towers; Ropes; Bells")
    for part in mail.message.iter_parts():
        assert all(subject in part.get_content() for subject in NEWS)

    assert told(olaf, posted["Bells"]).startswith("This was handed over for Emil by e-mail at 10:00, to smtp-main.")
    expect(olaf.locator(".strip")).to_contain_text("In a digest: waited 09:10")
    together = olaf.get_by_role("region", name="Put together")
    expect(together).to_contain_text("It went out together with 2 others in one e-mail.")
    together.get_by_role("link", name="Towers").click()
    olaf.wait_for_url(f"**/deliveries/{posted['Towers']}")
    assert together.get_by_role("link").all_inner_texts() == ["Bells", "Ropes"]


@pytest.mark.parametrize(("posted", "goes"), NIGHTS.values(), ids=NIGHTS)
def test_quiet_hours_in_a_night_that_is_an_hour_shorter_or_longer(
    server, house, sign_in: SignIn, smtp_server, clock: FakeClock, posted, goes
) -> None:
    house.change(update(User).values(tz="Europe/Berlin"))
    clock.advance(posted - clock.now())
    emil = sign_in(server, "emil")
    emil.goto("/preferences/times")
    emil.get_by_label("Quiet on Saturday from").fill("22:00")
    emil.get_by_label("Quiet on Saturday to").fill("07:00")
    emil.get_by_role("button", name="Save quiet hours").click()
    expect(emil.locator("#flashes")).to_contain_text("uiet")
    house.post("edith", ["emil"], "Night watch")
    assert house.answer("dispatch") == {"queued": 1}

    [waits] = house.deliveries()
    assert told(emil, waits.id).startswith("You get this by e-mail at 07:00")
    clock.advance(goes - clock.now() - timedelta(seconds=1))
    assert (house.answer("dispatch"), smtp_server.mails) == ({}, [])
    clock.advance(1)
    assert clock.now() == goes
    assert house.answer("dispatch") == {"sent": 1}
    assert [mail.subject for mail in smtp_server.mails] == ["Night watch"]
    assert told(emil, waits.id) == "This was handed over for you by e-mail at 07:00."
    expect(emil.locator(".strip")).to_contain_text("Quiet hours: waited")
