"""Failing far sides, through the whole engine: a real provider sends to a real server, and the result is compared."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from ssl import SSLContext
from time import monotonic
from typing import Any, NamedTuple

import pytest
from sqlalchemy import update

from tests.support.certificates import Certificate
from tests.support.world import World
from webapp.database import writing
from webapp.delivery.lot import Kind
from webapp.delivery.resident import drain
from webapp.domain.clock import Clock
from webapp.domain.field import parse_fields
from webapp.models.delivery import Delivery
from webapp.models.provider import Provider, ProviderHealth
from webapp.providers import kinds
from webapp.runtime import engine, runtime


class Then(NamedTuple):
    """The expected state after one pass.

    ``arrived``: the number of complete messages that reached the far side, whatever it answered. Of the delivery: its
    state, reason and retries left. Of the provider: consecutive faults, and the one that it is paused for.
    """

    arrived: int
    state: str
    reason: str | None
    retries_left: int
    faults: int = 0
    paused: str | None = None


SENT = Then(1, "sent", None, 4)


def later(reason: str, *, arrived: int = 1, faults: int = 1) -> Then:
    """Expected: it is retried, and one of its tries is spent."""
    return Then(arrived, "retrying", reason, 3, faults)


def refused(reason: str, *, arrived: int = 1) -> Then:
    """Expected: it is undeliverable, without blame for the provider."""
    return Then(arrived, "undeliverable", reason, 3)


def set_up_wrongly(fault: str, *, arrived: int = 1) -> Then:
    """Expected: the provider is paused at once, and no try is spent."""
    return Then(arrived, "held", "PROVIDER_PAUSED", 4, 1, fault)


class Trial:
    """One provider of the world, turned into one of a real kind for one delivery after another."""

    def __init__(self, world: World, *, to: str = "emil", channel: str = "team.news", provider: int = 1) -> None:
        self._world, self._to, self._channel, self._provider = world, to, channel, provider

    def deliver(self, kind: str, typed: Mapping[str, Any], *, running: bool = False) -> None:
        """Post and make one pass, after resetting everything. ``running``: with a real clock, without which a far side
        that drips would never be late."""
        self.forget()
        self.send_by(kind, typed)
        self._posted = self._world.post(self._to, channel=self._channel).id
        self.a_pass(running=running)

    def send_by(self, kind: str, typed: Mapping[str, Any]) -> None:
        """From now on send with these settings, as an administrator would type them."""
        fields = kinds()[kind].all_fields()
        values = parse_fields(fields, {name: str(value) for name, value in typed.items()})
        secret = {field.name for field in fields if field.secret}
        secrets = {name: str(values.pop(name, "")) for name in secret}
        sealed = runtime().vault.seal(secrets)
        mine = Provider.id == self._provider
        self._world.execute(update(Provider).where(mine).values(kind=kind, settings=values, secrets=sealed))

    def a_pass(self, *, running: bool = False) -> None:
        """Send what is due."""
        made, now = engine(self._world.app), self._world.clock.now
        drain(replace(made, clock=Clock(now, monotonic)) if running else made, [Kind.LATER, Kind.FRESH])

    def first_minute(self, kind: str, typed: Mapping[str, Any], *, queued: int = 20) -> set[tuple[str, int]]:
        """Queue so many deliveries for a new provider. Returns the states and retries left that they have a minute
        later."""
        self._world.execute(update(ProviderHealth).values(proven_at=None))
        self.send_by(kind, typed)
        for _ in range(queued):
            self._world.post(self._to, channel=self._channel)
        for _ in range(3):
            self.a_pass()
            self._world.clock.advance(19.9)
        return {(row.state, row.retries_left) for row in self._world.rows()}

    def forget(self) -> None:
        """Cancel all deliveries that wait, and reset the provider's health."""
        world = self._world
        waits = Delivery.state.in_(["held", "retrying", "queued"])
        world.execute(update(Delivery).where(waits).values(state="cancelled", reason="CANCELLED_BY_PERSON"))
        clean = {"streak": 0, "pauses": 0, "paused_reason": None, "paused_until": None, "rests_until": None}
        world.execute(update(ProviderHealth).values(clean | {"proven_at": world.clock.now()}))

    def so(self, arrived: int) -> Then:
        """The actual state of the latest delivery and the provider."""
        row, health = self.row, self.health
        return Then(arrived, row.state, row.reason, row.retries_left, health.streak, health.paused_reason)

    @property
    def row(self) -> Any:
        """The latest delivery."""
        [row] = self._world.rows(message_id=self._posted)
        return row

    @property
    def health(self) -> ProviderHealth:
        """How the provider fares."""
        with writing(self._world.session) as session:
            found = session.get(ProviderHealth, self._provider)
            assert found
            session.expunge(found)
        return found


@pytest.fixture
def bad_certificates(
    make_certificate: Callable[..., Certificate], monkeypatch: pytest.MonkeyPatch
) -> Mapping[str, SSLContext]:
    """Servers' certificates that must be refused, each for a single reason."""
    vouched_for = {
        "expired": make_certificate(days=-1),
        "wrong name": make_certificate("elsewhere.example.com", "192.0.2.1"),
    }
    self_signed = make_certificate()
    bundle = self_signed.file.with_name("trusted.pem")
    bundle.write_text("".join(made.file.read_text() for made in vouched_for.values()))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    return {name: made.context for name, made in (vouched_for | {"self-signed": self_signed}).items()}
