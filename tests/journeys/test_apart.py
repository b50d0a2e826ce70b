"""Two hosts whose clocks are ten minutes apart: neither takes the other's lease for expired, nor looks too early."""

import time
from collections import Counter

import pytest

from tests.support import machine
from tests.support.house import House
from tests.support.mail import SmtpServer
from tests.support.server import Serve

APART = ("-300s", "+300s")  # the slow one begins: what it writes down would long be over by the other's clock
LEASE_S, AT_ONCE = 2.0, 4
# libfaketime does not start where a process of this number was once killed, and left this behind.
CLEAN = "sh", "-c", 'rm -f /dev/shm/faketime_shm_$$ /dev/shm/sem.faketime_sem_$$; exec "$@"', "sh"
PEOPLE = [f"reader-{number}" for number in range(AT_ONCE)]
SETTINGS = {
    "LEASE": str(LEASE_S), "DISPATCH_EVERY": "0.2", "RESEND_EVERY": "0.2", "CONCURRENCY": str(AT_ONCE),
}  # fmt: skip


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """One that has a clock of its own."""
    return request.getfixturevalue("_postgresql_url")


def test_leases_go_by_the_databases_clock(
    house: House, work: Serve, smtp_server: SmtpServer, pytestconfig: pytest.Config
) -> None:
    library = machine.faketime()
    if library is None:
        machine.missing("libfaketime", pytestconfig)
    house.move_in("edith", *PEOPLE)
    house.open_channel()
    house.send_by(smtp_server.port, timeout=25)
    smtp_server.hold()
    house.post("edith", PEOPLE, "News")
    workers = []
    for by in APART:
        asked = "env", f"LD_PRELOAD={library}", f"FAKETIME={by}", "FAKETIME_DONT_FAKE_MONOTONIC=1"
        workers.append(work(inside=(*CLEAN, *asked, "DONT_FAKE_MONOTONIC=1"), **SETTINGS))
        smtp_server.wait_until_held(AT_ONCE)
    time.sleep(2 * LEASE_S)  # the first holds on to what it has beyond the leases' first end
    smtp_server.release()
    house.wait_until_all("sent")

    assert Counter(mail.recipients[0] for mail in smtp_server.mails) == Counter(f"{one}@example.com" for one in PEOPLE)
    assert {row.attempts for row in house.deliveries()} == {1}
    assert [worker.stop() for worker in workers] == [0, 0]
