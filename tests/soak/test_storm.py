"""Two processes, killed and frozen again and again: nothing is lost, stuck, or repeated more than it must be."""

import os
import signal
import time
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.house import House
from tests.support.server import Serve, Server
from tests.support.sink import Copy, CountingSink
from tests.support.soak import Soak
from webapp.database import STORAGE_TROUBLE
from webapp.domain.delivery_state import FINAL
from webapp.domain.digest import Digest
from webapp.models.delivery import Delivery
from webapp.models.message import Message

LEASE_S, CONCURRENCY, LATENCY_S = 2.0, 8, 0.2
SETTINGS = {
    "LEASE": str(LEASE_S), "CONCURRENCY": str(CONCURRENCY), "DISPATCH_EVERY": "0.2", "RESEND_EVERY": "0.2",
    "DISPATCH_BATCH": str(2 * CONCURRENCY), "RESEND_BATCH": str(2 * CONCURRENCY),
}  # fmt: skip
SCAN_S = LEASE_S / 4 + 0.2  # how often a process looks for leases that have run out
ALONE_S = 0.8  # at most, for each that was in flight at a death: those are tried one by one
PEOPLE = [f"reader-{number:03}" for number in range(100)]
GATHERED, FEW = "team.gathered", 8  # a channel of which everybody wants a digest; how many get some of it at once
LONG_AGO = timedelta(hours=1)  # so that the next digest, which is hourly, is due
POISON = "Poison"  # whoever sends a mail of this subject is killed on the spot
SENDERS = 2


class Storm:
    """Two servers, posts from the side, and blows at random moments. Counts what it does to them.

    ``unseen`` is what was in flight at the blows: it may have left, and may arrive once more.
    """

    def __init__(self, house: House, serve: Serve, sink: CountingSink, soak: Soak) -> None:
        self._house, self._serve, self._sink, self.chance = house, serve, sink, soak.chance()
        self.servers = [serve(**SETTINGS) for _ in range(SENDERS)]
        self.posted: set[Copy] = set()
        self.kills = self.hits = self.stops = self.unseen = self._posts = self._digests = 0
        sink.on_mail = self._bear

    def post(self, count: int, subject: str = "News") -> None:
        """To so many people; asked again under the same key until it is answered."""
        self._posts += 1
        self._post(f"{subject} {self._posts}", self.chance.sample(PEOPLE, count))

    def _post(self, subject: str, to: list[str], **more: Any) -> None:
        answered = False
        while not answered:
            with suppress(*STORAGE_TROUBLE):  # a process was frozen while it wrote
                self._house.post("edith", to, subject, key=subject, **more)
                answered = True
        self.posted |= {(subject, f"{name}@example.com") for name in to}

    def gather(self) -> None:
        """Post to a few people what is due for their digests: of each several that go out in one mail."""
        to, names = self.chance.sample(PEOPLE, FEW), "abcde"[: self.chance.randint(2, 5)]
        self._digests += 1
        for name in names:
            self._post(f"{self._digests}{name}", to, channel=GATHERED, ago=LONG_AGO)

    def strike(self, size: int) -> None:
        """Kill one in the middle of sending, after a random part of a post has left."""
        broken = self._sink.broken
        if victim := self._choose(size):
            self.kills += 1
            victim.kill_all()
            self.unseen += self._house.in_flight()
            self.hits += bool(self._sink.reaches(lambda: self._sink.broken > broken, within=1))

    def freeze(self, size: int) -> None:
        """Stop one in the middle until others have taken what it held, and let it go on."""
        if victim := self._choose(size):
            self.stops += 1
            os.killpg(victim.process.pid, signal.SIGSTOP)
            self.unseen += self._house.in_flight()
            time.sleep(LEASE_S + SCAN_S + self.chance.uniform(0, LEASE_S))
            os.killpg(victim.process.pid, signal.SIGCONT)

    def tend(self) -> None:
        """Start those again that have died."""
        for place, server in enumerate(self.servers):
            if server.process.poll() is not None:
                self.servers[place] = self._serve(**SETTINGS)

    def _choose(self, size: int) -> Server | None:
        """Post, wait for the moment, and say whom it meets; nobody where all has left before."""
        self.tend()
        moment = self._sink.arrived.total() + self.chance.randrange(max(1, size - 2 * CONCURRENCY))
        self.gather()
        self.post(size)
        self._sink.reaches(lambda: self._sink.arrived.total() >= moment, within=5)
        return self._sink.reaches(self._one_that_sends, within=2)

    def _one_that_sends(self) -> Server | None:
        """Not one that tries alone what was in flight at a death before: three of them make a message poison."""
        sending = [server for server in self.servers if server.has(self._sink.in_flight) > 1]
        return self.chance.choice(sending) if sending else None

    def _bear(self, copy: Copy, port: int) -> bool:
        """In the sink's thread: whoever carries poison dies of it."""
        if copy[0].startswith(POISON):
            for server in self.servers:
                if server.has({port}):
                    self.kills += 1
                    os.killpg(server.process.pid, signal.SIGKILL)
            self.unseen += self._house.in_flight()
            return False
        return True


@pytest.fixture
def storm(house: House, serve: Serve, sink: CountingSink, soak: Soak) -> Storm:
    sink.latency = LATENCY_S
    house.move_in("edith", *PEOPLE)
    house.open_channel()
    house.open_channel(GATHERED)
    house.gather(GATHERED, Digest())
    house.send_by(sink.port)
    return Storm(house, serve, sink, soak)


@pytest.mark.both_databases
def test_killed_and_frozen_at_random_nothing_is_lost(storm: Storm, house: House, sink: CountingSink, soak: Soak):
    wanted = soak.size("deliveries", short=150, full=5000)
    kills, stops = soak.size("kills", short=3, full=30), soak.size("stops", short=1, full=5)
    size = min(len(PEOPLE), max(1 + 2 * CONCURRENCY, wanted // (kills + stops)))
    storm.post(1, POISON)
    while storm.hits < kills or storm.stops < stops or len(storm.posted) < wanted:
        if storm.stops * kills < storm.hits * stops:
            storm.freeze(size)
        elif storm.hits < kills:
            storm.strike(size)
        else:
            storm.post(min(size, wanted - len(storm.posted)))

    settled_s = _until_all_is_over(storm, house)
    copies = _assert_nothing_is_lost(storm, house, sink)
    digests = [mail for mail in sink.arrived if len(_held(mail)) > 1]
    assert digests
    again = sum(sink.arrived[mail] - 1 for mail in digests)
    soak.told(
        f"{len(storm.posted)} deliveries (some in {len(digests)} digests), {storm.kills} kills ({storm.hits} by "
        f"chance, with sends in flight), {storm.stops} stops: lost 0, stuck 0 (over {settled_s:.1f} s after the last "
        f"blow), {copies} copies ({again} of digests)"
    )


def _until_all_is_over(storm: Storm, house: House) -> float:
    """The poison may still kill; the rest is over when every lease has run out, was found, and was tried again. It is
    stuck where nothing more is over for as long as that may take, however slow the machine is."""
    alone = len(house.asked(select(Delivery.id).where(Delivery.crashes > 0)))
    began = moved = time.monotonic()
    kills = over = 0
    while not set(states := house.states()) <= FINAL:
        storm.tend()
        before, over = over, sum(n for state, n in states.items() if state in FINAL)
        if storm.kills > kills:
            began, kills = time.monotonic(), storm.kills
        if over > before:
            moved = time.monotonic()
        if time.monotonic() - max(began, moved) > LEASE_S + SCAN_S + ALONE_S * max(4, alone):
            pytest.fail(f"Stuck: {dict(house.states())}")
        time.sleep(0.05)
    return time.monotonic() - began


def _assert_nothing_is_lost(storm: Storm, house: House, sink: CountingSink) -> int:
    poison = {copy for copy in storm.posted if copy[0].startswith(POISON)}
    good = storm.posted - poison
    accepted, ids = _by_delivery(sink)
    assert [copy for copy in good if not accepted[copy]] == [], "lost"
    assert set(ids) <= storm.posted, "posted by nobody"
    copies = sum(number - 1 for mail, number in sink.arrived.items() if mail not in poison)
    assert copies <= storm.unseen
    assert [copy for copy in storm.posted if len(ids[copy]) > 1] == [], "a copy under another Message-ID"
    assert house.states() == {"sent": len(good), "undeliverable": len(poison)}
    failed = house.asked(select(Message.subject, Delivery.reason, Delivery.crashes).join(Delivery))
    assert [row for row in failed if row.reason] == [(subject, "PROCESS_DIED", 3) for subject, _ in poison]
    assert [sink.arrived[copy] for copy in poison] == [3]
    assert house.answer("audit")["misfits"] == []
    return copies


def _by_delivery(sink: CountingSink) -> tuple[Counter[Copy], dict[Copy, set[str]]]:
    """How often each was taken, and under which Message-IDs it came, in whatever mail."""
    accepted, ids = Counter[Copy](), defaultdict[Copy, set[str]](set)
    for mail in sink.arrived:
        for copy in _held(mail):
            accepted[copy] += sink.accepted[mail]
            ids[copy] |= sink.ids[mail]
    return accepted, ids


def _held(mail: Copy) -> list[Copy]:
    """What a mail holds: a digest of several names them all in its subject."""
    subject, to = mail
    return [(one, to) for one in subject.rpartition(": ")[2].split("; ")]
