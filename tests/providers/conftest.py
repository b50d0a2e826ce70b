"""What the providers' tests share: an envelope, where a provider runs, scripted servers, and certificates."""

import itertools
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from ulid import ULID

from tests.support.smtp import ScriptedServer, drip, hang
from webapp.domain.envelope import Envelope, Failure, Transcript
from webapp.domain.event import Event, Form
from webapp.domain.field import FORMER, parse_fields
from webapp.providers import Provider, Surroundings, kinds
from webapp.providers._signing import make_key

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
EVENT = Event(
    id="01KJMWG3F0Z7MPSKA15GRMD3RR", type="release", channel="team.news", subject="Grüße 🎉", body="At *noon*.",
    sender="Edith Hale", attributes={"level": "major"}, created_at=AT, visible_at=AT,
)  # fmt: skip


@pytest.fixture
def envelope() -> Callable[..., Envelope]:
    """Envelopes that differ from a usual one in what is given."""
    numbers = itertools.count(1)

    def make(**different: Any) -> Envelope:
        usual = {
            "id": str(ULID.from_int((1 << 100) + next(numbers))),
            "medium": "email",
            "address": "emil@example.com",
            "recipient": "emil",
            "sender": "edith",
            "channel": "team.news",
            "subject": "Lunch",
            "text": "Lunch is at noon.\n",
            "html": "<p>Lunch is at noon.</p>\n",
            "created_at": AT,
        }
        return Envelope(**{**usual, **different})

    return make


@pytest.fixture
def transcript() -> Transcript:
    return Transcript(time.monotonic, AT)


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    """An installation that may dial loopback."""
    return Surroundings(tmp_path, (ip_network("127.0.0.0/8"),))


@pytest.fixture
def make_smtp(surroundings: Surroundings) -> Iterator[Callable[..., Provider]]:
    """Providers of the kind smtp, from what an administrator would type; 127.0.0.1 and no encryption unless given."""
    made: list[Provider] = []

    def make(port: int, **typed: str) -> Provider:
        usual = {"host": "127.0.0.1", "port": str(port), "security": "none", "sender": "belfry@example.com"}
        kind = kinds()["smtp"]
        settings = parse_fields(kind.fields, {**usual, **typed})
        made.append(kind("Office", settings, surroundings))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def make_http(surroundings: Surroundings) -> Iterator[Callable[..., Provider]]:
    """Providers of the kind http, from what an administrator would type; ``former``: the key before this one."""
    made: list[Provider] = []

    def make(url: str, signing_key: str = "", former: str = "", **typed: str) -> Provider:
        kind = kinds()["http"]
        settings = parse_fields(kind.fields, {"url": url, **typed})
        assert kind.problems(settings) == {}
        settings |= {"signing_key": signing_key or make_key(), f"signing_key{FORMER}": former}
        made.append(kind("Relay", settings, surroundings))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def make_webhook(surroundings: Surroundings) -> Iterator[Callable[..., Provider]]:
    """Endpoints, from what an administrator would type; ``former``: the key before this one."""
    made: list[Provider] = []

    def make(url: str, signing_key: str = "", former: str = "", **typed: str) -> Provider:
        kind = kinds()["webhook"]
        settings = parse_fields(kind.all_fields(), {"url": url, **typed})
        assert kind.problems(settings) == {}
        settings |= {"signing_key": signing_key or make_key(), f"signing_key{FORMER}": former}
        made.append(kind("Endpoint", settings, surroundings))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def event_envelope(envelope: Callable[..., Envelope]) -> Callable[..., Envelope]:
    """Envelopes with an event for a subscriber, in the plain form unless given."""

    def make(form: Form = Form.PLAIN, **different: Any) -> Envelope:
        usual = {"medium": "webhook", "address": "", "text": EVENT.text(form, source="https://b.example"), "html": None}
        return envelope(**{**usual, **different})

    return make


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedServer]]:
    """Scripted servers: ``scripted(MAIL="550 no")``; further: ``script={".": …}``, ``offers``, ``tls``."""
    servers: list[ScriptedServer] = []

    def make(*, script: Any = None, offers: tuple[str, ...] = (), tls: Any = None, **stages: Any) -> ScriptedServer:
        from_the_start = stages.pop("from_the_start", False)
        servers.append(ScriptedServer({**stages, **(script or {})}, offers, tls, from_the_start))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def attempt(
    make_smtp: Callable[..., Provider], envelope: Callable[..., Envelope], transcript: Transcript
) -> Callable[..., Failure]:
    """Send once to a server, and give the failure. Towards a silent one, the timeout is short."""

    def make(server: ScriptedServer, **typed: str) -> Failure:
        silent = {hang, drip} & {doing for doing in server.script.values() if callable(doing)}
        with pytest.raises(Failure) as caught:
            make_smtp(server.port, **{"timeout": "0.2" if silent else "25", **typed}).send(envelope(), transcript)
        return caught.value

    return make
