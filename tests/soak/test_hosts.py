"""Four workers on four hosts and one PostgreSQL: each delivery exactly once, although one of them is killed again and
again; and how much faster four are than one."""

import math
import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.support import machine
from tests.support.databases import migrate
from tests.support.hosts import COUNT, Hosts
from tests.support.house import House
from tests.support.postgres import Cluster, available
from tests.support.server import Serve, Server
from tests.support.sink import CountingSink
from tests.support.soak import Soak
from webapp.delivery.claim import CRASHES_ALLOWED
from webapp.domain.delivery_state import FINAL
from webapp.domain.reason import Reason
from webapp.models.delivery import Delivery

PEOPLE = 200
LEASE_S, CONCURRENCY, LATENCY_S = 3.0, 8, 0.05
_NEARLY_ALL = 0.99
SETTINGS = {
    "LEASE": str(LEASE_S), "CONCURRENCY": str(CONCURRENCY), "DISPATCH_EVERY": "1", "RESEND_EVERY": "1",
    "ALLOWED_NETWORKS": "10.0.0.0/8",
}  # fmt: skip
# What was in flight at so many deaths is taken to be their cause. Where a host dies every few seconds, one of thousands
# is by chance.
GIVEN_UP = select(Delivery.id).where(Delivery.reason == Reason.PROCESS_DIED.value, Delivery.crashes == CRASHES_ALLOWED)


@pytest.fixture
def cluster(hosts: Hosts, pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """A PostgreSQL that the hosts reach."""
    if not available():
        machine.missing("postgresql", pytestconfig)
    with Cluster(hosts.address, machine.free_port()) as made:
        yield made


@pytest.fixture
def database(cluster: Cluster) -> str:
    return cluster.create()


@pytest.fixture
def database_url(cluster: Cluster, database: str, tmp_path) -> str:
    migrate(cluster.url(database), tmp_path)
    return cluster.url(database)


class Fleet:
    """Workers on their hosts, and what they deliver to. Counts how many of them were killed."""

    def __init__(
        self, house: House, work: Serve, hosts: Hosts, address: str, sink: CountingSink, chance: random.Random
    ) -> None:
        self._house, self._work, self._hosts, self._address = house, work, hosts, address
        self.sink, self._chance = sink, chance
        self.workers: list[Server] = []
        self.kills, self.unseen, self.wanted, self._people = 0, 0, 0, house.crowd(PEOPLE)

    def start(self, count: int) -> None:
        """Workers on so many hosts."""
        self.workers = [self._begin(number, wait=False) for number in range(count)]
        for worker in self.workers:
            worker.wait()

    def stop(self) -> None:
        """In good order, once the last to be killed is there again."""
        for worker in self.workers:
            worker.wait()
        assert [worker.stop() for worker in self.workers] == [0] * len(self.workers)

    def post(self, count: int) -> None:
        """Deliveries, to so many people at once."""
        for number in range(self.wanted, self.wanted + count, PEOPLE):
            to = self._people[: min(PEOPLE, self.wanted + count - number)]
            self._house.post("edith", to, f"News {number}")
        self.wanted += count

    def kill_one(self) -> None:
        """Without a warning, one that works; it begins again at once."""
        at_work = [number for number, worker in enumerate(self.workers) if worker.answers()]
        if at_work:
            number = self._chance.choice(at_work)
            self.workers[number].kill_all()
            self.kills += 1
            self.unseen += self._house.in_flight()
            self.workers[number] = self._begin(number, wait=False)

    def finish(self, *, kills_every_s: float = math.inf, most_kills: int = 0) -> float:
        """Until all has ended; gives in how many seconds."""
        began = blow = time.monotonic()
        while not self._is_over():
            if self.kills < most_kills and time.monotonic() - blow > kills_every_s:
                self.kill_one()
                blow = time.monotonic()
            time.sleep(0.05)
        return time.monotonic() - began

    def _is_over(self) -> bool:
        """The database is left alone until nearly all has arrived."""
        return len(self.sink.accepted) >= _NEARLY_ALL * self.wanted and set(self._house.states()) <= FINAL

    def _begin(self, number: int, *, wait: bool) -> Server:
        return self._work(wait=wait, inside=self._hosts.inside(number), DATABASE_URL=self._address, **SETTINGS)


@pytest.fixture
def fleet(house: House, work: Serve, hosts: Hosts, cluster: Cluster, database: str, soak: Soak) -> Iterator[Fleet]:
    sink = CountingSink()
    sink.host, sink.latency = hosts.address, LATENCY_S
    sink.start()
    house.move_in("edith")
    house.open_channel()
    house.send_by(sink.port, host=hosts.address)
    yield Fleet(house, work, hosts, cluster.url_from_afar(database), sink, soak.chance())
    sink.stop()


@pytest.mark.timeout(3600)
def test_each_is_delivered_once_while_hosts_die(fleet: Fleet, house: House, soak: Soak) -> None:
    wanted = soak.size("host_deliveries", short=400, full=50_000)
    fleet.sink.latency = LATENCY_S if soak.full else 4 * LATENCY_S
    fleet.start(COUNT)
    fleet.post(wanted)
    kills = soak.size("host_kills", short=2, full=wanted)
    seconds = fleet.finish(kills_every_s=5.0 if soak.full else 1.0, most_kills=kills)
    fleet.stop()

    arrived = fleet.sink.arrived
    copies = arrived.total() - len(arrived)
    given_up = len(house.asked(GIVEN_UP))
    sent = wanted - given_up
    assert house.states() == Counter(sent=sent, undeliverable=given_up), "lost"
    assert len(fleet.sink.accepted) >= sent, "lost"
    assert copies <= fleet.unseen
    assert house.answer("audit")["misfits"] == []
    soak.told(
        f"{wanted} deliveries by {COUNT} hosts in {seconds:.0f} s, {fleet.kills} kills: lost 0, {copies} copies, "
        f"{given_up} given up after {CRASHES_ALLOWED} of them"
    )


@pytest.mark.timeout(3600)
def test_four_hosts_do_more_than_one(fleet: Fleet, soak: Soak) -> None:
    """What is lost on the way from one to four is the database's part, and each other's."""
    count = soak.size("host_share", short=100, full=5_000)
    took: dict[int, float] = {}
    for hosts in (1, COUNT):
        fleet.start(hosts)
        fleet.post(count * hosts)
        took[hosts] = fleet.finish() / hosts
        fleet.stop()
    assert fleet.sink.arrived.total() == fleet.wanted, "each once"
    soak.told(
        f"a far side of {1000 * LATENCY_S:.0f} ms, {CONCURRENCY} at once on each host: {count / took[1]:.0f}/s by one, "
        f"{count / took[COUNT]:.0f}/s by {COUNT}: {took[1] / took[COUNT]:.2f} times"
    )
