"""A provider kind whose far side reports later what became of a message, and such reports."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import update

from tests.support.world import World
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Accepted, Envelope, Transcript
from webapp.domain.field import Field
from webapp.domain.later_word import Forged, LaterWord
from webapp.domain.reason import Reason
from webapp.models.provider import Provider as Row
from webapp.providers import Listener, kinds
from webapp.runtime import runtime
from webapp.services.queue import later_words

TOKEN = "open sesame"
WORDS = {
    "queued": LaterWord(None, "queued"),
    "sent": LaterWord(None, "sent"),
    "delivered": LaterWord(S.DELIVERED, "delivered", words="by pigeon"),
    "undelivered": LaterWord(S.UNDELIVERABLE, "undelivered", "30003", "no such loft", Reason.CONTENT_REFUSED),
}


class Pigeon(Listener):
    """Its reports are signed with its token and the address. The status ``raise`` makes its code raise."""

    kind, label, summary, media = "pigeon", "Pigeon", "A test's.", ("sms",)
    fields = (Field("token", "Token", "secret"),)

    @property
    def timeout(self) -> float:
        return 5.0

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        with transcript.phase("fly"):
            return Accepted("gone")

    def later_word(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> LaterWord:
        if headers.get("X-Signed") != signature(url, str(self.settings["token"])):
            raise Forged
        return WORDS[form["status"]]


def signature(url: str, token: str = TOKEN) -> str:
    return f"{token} for {url}"


def address(envelope_id: str) -> str:
    """The callback address of an envelope, as far sides know it."""
    return f"http://localhost/callbacks/{envelope_id}"


def tell(envelope_id: str, status: str, *, token: str = TOKEN, **form: str) -> None:
    """Send a report; returns its result. Needs an application context."""
    here, url = runtime(), address(envelope_id)
    headers = {"X-Signed": signature(url, token)}
    later_words.hear(
        envelope_id=envelope_id, url=url, form={"status": status, **form}, headers=headers, now=here.now(),
        vault=here.vault, surroundings=here.surroundings,
    )  # fmt: skip


@pytest.fixture
def pigeons() -> Iterator[None]:
    """The kind is installed for this test."""
    kinds().add("pigeon", Pigeon)
    yield
    kinds()._plugins.pop("pigeon")


@pytest.fixture
def texting(pigeons: None, world: World) -> World:
    """The world with an active provider of that kind, and the channel ``team.texts``, which Sam gets by SMS."""
    world.person("sam", phone="+4930901820", phone_verified_at=world.clock.now())
    world.channel("team.texts", "sms")
    dovecote(world, world.provider("sms", name="dovecote"))
    return world


def dovecote(world: World, provider_id: int, token: str = TOKEN) -> None:
    """Turn a provider into one of that kind."""
    values: dict[str, Any] = {"kind": "pigeon", "secrets": runtime().vault.seal({"token": token})}
    world.execute(update(Row).where(Row.id == provider_id).values(values))


def text(world: World, to: str = "sam", **message: Any) -> str:
    """Post to somebody by SMS; gives the message's id."""
    return world.post(to, channel="team.texts", **message).id
