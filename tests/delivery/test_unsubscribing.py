"""From a mail that a real server took to the button in it, and to the next one that does not go out."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from tests.support.smtp import ScriptedServer
from webapp.delivery.lot import Kind
from webapp.delivery.resident import drain
from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.channel import Channel
from webapp.models.provider import Provider
from webapp.runtime import engine

HOME = "https://belfry.example.com"


@pytest.fixture
def environment(environment):
    """Belfry knows how it is reached."""
    return environment | {"BELFRY_PUBLIC_URL": HOME}


@pytest.fixture
def server(world):
    server = ScriptedServer()
    settings = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "belfry@example.com"}
    world.execute(update(Provider).values(kind="smtp", settings=settings))
    yield server
    server.stop()


def mails(server: ScriptedServer) -> list[EmailMessage]:
    return [message_from_bytes(mail, policy=policy.default) for mail in server.mails]


def texts(mail: EmailMessage) -> tuple[str, str]:
    return mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()


def test_one_click_in_a_mail_program_and_the_next_mail_stays_here(world, server, client):
    world.post("emil", "edith")
    drain(engine(world.app), [Kind.FRESH])
    first, second = sorted(mails(server), key=lambda mail: mail["To"], reverse=True)
    links = [str(mail["List-Unsubscribe"]) for mail in (first, second)]
    assert len(set(links)) == 2
    assert {str(mail["List-Unsubscribe-Post"]) for mail in (first, second)} == {"List-Unsubscribe=One-Click"}
    for mail, link in zip((first, second), links, strict=True):
        assert all(text.count(link[1:-1]) == 1 for text in texts(mail))

    address = urlsplit(links[0].strip("<>"))
    assert f"{address.scheme}://{address.netloc}" == HOME
    clicked = client.post(address.path, base_url=HOME, data={"List-Unsubscribe": "One-Click"})
    assert clicked.status_code == 200

    world.post("emil", "edith")
    drain(engine(world.app), [Kind.FRESH])
    assert [mail["To"] for mail in mails(server)[2:]] == ["edith@example.com"]
    [off] = world.rows(state="filtered")
    assert off.reason == "PREF_OFF"


def test_a_repeat_is_the_same_and_a_required_channel_has_no_link(world):
    world.mail.answer = [TemporaryFailure(Reason.SERVER_BUSY, "451 later"), Accepted()]
    world.post()
    world.dispatch()
    world.clock.advance(60)
    world.retry()
    first, again = world.mail.sent
    assert again == first
    assert first.unsubscribe.startswith(f"{HOME}/unsubscribe/")
    world.execute(update(Channel).values(required=True))
    world.post()
    world.dispatch()
    assert world.mail.sent[2].unsubscribe is None


def test_a_text_message_says_where_its_far_side_can_call_back(world):
    world.provider("sms")
    world.person("erin", phone="+3531", phone_verified_at=world.clock.now())
    world.channel("team.texts", "sms")
    world.post("erin", channel="team.texts")
    world.post()
    world.dispatch()
    [text], [mail] = world.far["sms"].sent, world.mail.sent
    assert text.callback == f"{HOME}/callbacks/{text.id}"
    assert (mail.callback, text.message_id) == (None, None)
