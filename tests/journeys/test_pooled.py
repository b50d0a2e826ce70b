"""A PgBouncer in transaction mode stands before the database: everything works, and what it cannot carry goes by."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from tests.support.house import House
from tests.support.mail import SmtpServer
from tests.support.postgres import Cluster
from tests.support.server import Serve
from webapp.models.envelope import Attempt

PEOPLE = [f"reader-{number:02}" for number in range(40)]
SELDOM = {"DISPATCH_EVERY": "3600", "RESEND_EVERY": "3600"}


@pytest.fixture
def empty(postgres: Cluster) -> Iterator[str]:
    """A database with nothing in it."""
    name = postgres.create()
    yield name
    postgres.drop(name)


@pytest.fixture
def database_url(pooler: Callable[[str], str], empty: str) -> str:
    return pooler(empty)


def test_from_the_migration_to_the_truncation(
    house: House, serve: Serve, work: Serve, smtp_server: SmtpServer, postgres: Cluster, empty: str
) -> None:
    web, hearing = (  # both migrate, one after the other
        serve(wait=False, JOBS="off"),
        work(wait=False, DATABASE_DIRECT_URL=postgres.url(empty), **SELDOM),
    )
    for server in (web, hearing):
        server.wait()
    looking = work(DISPATCH_EVERY="0.2", RESEND_EVERY="0.2", JOBS="dispatcher")
    house.wait(lambda: "DATABASE_DIRECT_URL" in looking.log)
    assert looking.stop() == 0

    house.move_in("edith", *PEOPLE)
    house.open_channel()
    house.send_by(smtp_server.port)
    smtp_server.answer = "451 later"
    house.post("edith", PEOPLE, "News")
    house.wait_until_all("retrying")
    smtp_server.answer = "250 taken"
    house.answer("retry-now", *(row.id for row in house.deliveries()))
    house.wait_until_all("sent")

    assert len(house.asked(select(Attempt.id))) == 2 * len(PEOPLE)
    assert house.answer("truncate")["notifications"] == 0
    assert house.answer("audit")["misfits"] == []
    assert [server.stop() for server in (web, hearing)] == [0, 0]
    assert hearing.log == "Belfry is working: dispatcher, resender, truncation\n"
