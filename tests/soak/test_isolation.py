"""A mail server that is dead in one way or another, with much queued for it: texts go out beside it as ever, it is left
alone but for a probe now and then, and what waits for it costs nothing."""

import json
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import quantiles

import pytest
from sqlalchemy import func, select

from tests.support.house import House
from tests.support.server import Serve
from tests.support.smtp import ScriptedServer, dripping, hang
from tests.support.soak import Soak
from tests.support.web import WebServer
from webapp.domain.breaker import FAULTS_ALLOWED, FIRST_REST_S
from webapp.models.delivery import Delivery
from webapp.models.envelope import Attempt
from webapp.models.message import Message
from webapp.models.provider import Provider, ProviderHealth

DEAD = {"hangs": {"greeting": hang}, "drips": {"greeting": dripping(1.0)}, "goes silent": {".": hang}}
TEXTS = "team.texts"
EVERY_S = 0.1  # a text
LOOKS_EVERY_S, CONCURRENCY = 0.05, 16
GRAIN_S = 0.01  # of clocks and threads


class Texts:
    """Texts that are posted one after another, and how long each takes from due to its arrival at a relay."""

    def __init__(self, house: House, relay: WebServer) -> None:
        self._house, self._relay = house, relay

    def take(self, name: str, count: int) -> list[float]:
        """Seconds, of so many."""
        before = len(self._relay.requests)
        for number in range(count):
            began = time.monotonic()
            self._house.post("edith", ["sam"], f"{name} {number}", channel=TEXTS)
            time.sleep(max(0.0, EVERY_S - (time.monotonic() - began)))
        self._house.wait(lambda: len(self._relay.requests) >= before + count)
        due = self._house.asked(select(Message.subject, Message.visible_at).where(Message.subject.startswith(name)))
        came = {json.loads(asked.body)["subject"]: asked.at for asked in self._relay.requests[before:]}
        assert len(self._relay.requests) == before + count, "each once"
        return [came[row.subject] - row.visible_at.timestamp() for row in due]


def p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1]


@pytest.fixture
def texts(house: House, web: Callable[..., WebServer]) -> Texts:
    relay = web()
    house.move_in("edith")
    house.move_in("sam", phone="+4915112345678")
    house.open_channel()
    house.open_channel(TEXTS, medium="sms")
    house.provide("http", "relay", "sms", url=relay.url())
    return Texts(house, relay)


@pytest.mark.both_databases
@pytest.mark.parametrize("dead", DEAD)
def test_a_dead_server_slows_nobody_else(house: House, serve: Serve, soak: Soak, texts: Texts, dead: str) -> None:
    queued, count = soak.size("queued", short=60, full=1000), soak.size("texts", short=20, full=400)
    timeout_s = 5 if soak.full else 0.5
    people, server = house.crowd(queued), ScriptedServer(DEAD[dead])
    house.send_by(server.port, timeout=timeout_s)
    serve(DISPATCH_EVERY=str(LOOKS_EVERY_S), RESEND_EVERY="0.2", CONCURRENCY=str(CONCURRENCY))
    texts.take("Warm", 10)
    baseline_s = p95(texts.take("Before", count))

    house.post("edith", people, "News")
    beside_s = p95(texts.take("Beside", count))
    house.wait(lambda: bool(_paused(house)))
    left_alone, burnt = _left_alone(server), _burnt(house)
    server.stop()
    soak.told(
        f"{dead}: {queued} queued; p95 {1000 * baseline_s:.0f} ms before, {1000 * beside_s:.0f} ms beside it; "
        f"{server.connections} conversations ({left_alone} probes), {burnt} tries burnt"
    )
    assert not soak.full or beside_s <= 2 * baseline_s + GRAIN_S
    assert burnt <= (FAULTS_ALLOWED if dead != "goes silent" else server.connections)
    assert _states(house, queued) <= {"held", "retrying", "queued", "sending"}
    assert house.answer("audit")["misfits"] == []


def _left_alone(server: ScriptedServer) -> int:
    """How many probes it saw: none before its rest was over, and each rest twice as long as the one before."""
    gaps = [later - earlier for earlier, later in pairwise(sorted(server.connected_at))]
    rests = [gap for gap in gaps if gap > FIRST_REST_S / 2]
    burst = server.connections - len(rests)
    assert burst <= CONCURRENCY + FAULTS_ALLOWED - 1
    assert all(gap >= FIRST_REST_S * 2**number for number, gap in enumerate(rests))
    return len(rests)


def _paused(house: House) -> str | None:
    mine = select(ProviderHealth.paused_reason).join(Provider).where(Provider.name == "smtp-main")
    return house.asked(mine)[0][0]


def _burnt(house: House) -> int:
    """The tries by mail that were counted."""
    return house.asked(
        select(func.count())
        .select_from(Attempt)
        .join(Provider, Provider.id == Attempt.provider_id)
        .where(Provider.medium == "email", Attempt.counted)
    )[0][0]


def _states(house: House, queued: int) -> set[str]:
    """Of all that is to go by mail: nothing is lost, and nothing has ended."""
    rows = house.asked(select(Delivery.state).where(Delivery.medium == "email"))
    assert len(rows) == queued
    return {row.state for row in rows}
