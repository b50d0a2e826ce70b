"""What is a reader's own: filled in when it is sent, while the body is stored once for all."""

from sqlalchemy import select

from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.envelope import Body, Envelope

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")


def test_a_body_is_stored_once_and_each_reader_gets_their_own(world):
    world.person("ines")
    world.mail.answer = [BUSY, BUSY, Accepted(), Accepted()]
    world.post("emil", "ines")
    world.dispatch()
    assert (world.count(Body), world.count(Envelope)) == (1, 2)
    first = {envelope.recipient: (envelope.text, envelope.html) for envelope in world.mail.sent}
    for name, (text, html) in first.items():
        assert f"For {name}: Edith posted this on Team.News to you by name." in text
        assert f"For {name}: Edith posted this on Team.News to you by name." in html
    world.clock.advance(60)
    world.retry()
    assert {envelope.recipient: (envelope.text, envelope.html) for envelope in world.mail.sent[2:]} == first


def test_what_is_the_readers_own_is_sealed_with_the_envelope(world):
    world.post()
    world.dispatch()
    [row] = world._all(select(Envelope))
    assert row[0].variables == {"recipient": "Emil", "sender": "Edith", "why": "to you by name"}
