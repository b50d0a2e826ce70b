"""What Twilio reports of a message ends up at its delivery: over real HTTP, signed as Twilio signs."""

import pytest
from sqlalchemy import update

from tests.support import machine
from tests.support.house import House
from tests.support.server import Serve, Server
from tests.support.twilio import FakeTwilio, twilio
from webapp.database import writing
from webapp.extensions import db
from webapp.models.user import User
from webapp.runtime import runtime

__all__ = ["twilio"]

PHONE = "+4915112345678"


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    port = str(machine.free_port())
    return environment | {"BELFRY_PORT": port, "BELFRY_PUBLIC_URL": f"http://127.0.0.1:{port}"}


@pytest.fixture
def sent(house: House, serve: Serve, twilio: FakeTwilio, environment: dict[str, str]) -> Server:
    """Emil was sent an SMS, and Twilio has taken it."""
    house.move_in("edith", "emil")
    with house._app.app_context(), writing(db.session) as session:
        session.execute(update(User).values(phone=PHONE, phone_verified_at=runtime().now()))
    house.answer("channels", "add", "team.news", "--title", "News", "--media", "sms", "--immediate")
    pairs = [word for pair in twilio.typed().items() for word in ("--set", "=".join(pair))]
    house.answer("providers", "add", "twilio", "texts", "--medium", "sms", "--activate", *pairs)
    server = serve(PORT=environment["BELFRY_PORT"])
    house.post("edith", ["emil"], "Lunch")
    house.wait_until_all("sent")
    return server


def test_it_was_delivered(sent: Server, house: House, twilio: FakeTwilio) -> None:
    [row] = house.deliveries()
    envelope = house.delivery(row.id).envelope
    assert twilio.callback == f"{sent.url}/callbacks/{envelope['id']}"
    assert [twilio.report(status) for status in ("sent", "delivered", "delivered", "sent")] == [204] * 4
    assert house.states() == {"delivered": 1}
    assert house.delivery(row.id).envelope["far_status"] == "delivered"
    assert house.answer("audit")["misfits"] == []


def test_it_was_not(sent: Server, house: House, twilio: FakeTwilio) -> None:
    assert twilio.report("undelivered", 30003) == 204
    [row] = house.deliveries()
    assert (row.state, row.attempts) == ("undeliverable", 1)
    envelope = house.delivery(row.id).envelope
    assert (envelope["far_status"], envelope["far_code"]) == ("undelivered", "30003")
    assert house.answer("audit")["misfits"] == []


def test_somebody_else_says_so(sent: Server, house: House, twilio: FakeTwilio) -> None:
    assert twilio.report("delivered", token="f" * 32) == 403
    assert house.states() == {"sent": 1}
