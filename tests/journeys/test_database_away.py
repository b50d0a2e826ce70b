"""PostgreSQL hangs up, or is away for a while: 503 on every page meanwhile, and all is well again soon after."""

import time
from collections.abc import Iterator

import pytest

from tests.support import machine
from tests.support.databases import migrate
from tests.support.house import CHANNEL, House
from tests.support.mail import SmtpServer
from tests.support.postgres import Cluster, available
from tests.support.server import Serve, Server
from tests.support.visitor import Visitor

GREEN_WITHIN = 30.0
ANSWERS_WITHIN = 30.0
POST = {"channel": CHANNEL, "recipients": "emil", "subject": "News", "body": "Have a look."}
PLACES = (
    "/",
    "/inbox",
    "/sent",
    "/compose",
    "/jobs",
    "/jobs/dispatcher",
    "/channels",
    "/providers",
    "/users",
    "/nothing",
)


@pytest.fixture
def cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """A PostgreSQL that this test alone uses, and may stop."""
    if not available():
        machine.missing("postgresql", pytestconfig)
    with Cluster() as made:
        yield made


@pytest.fixture
def database_url(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = cluster.url(cluster.create())
    migrate(url, tmp_path_factory.mktemp("migrated"))
    return url


@pytest.fixture
def server(house: House, serve: Serve, smtp_server: SmtpServer) -> Server:
    """At work: it has sent a first mail."""
    house.move_in("ada", role="admin")
    house.move_in("emil")
    house.open_channel()
    house.send_by(smtp_server.port)
    made = serve()
    house.post("ada", ["emil"], "Before")
    smtp_server.wait_for(1)
    return made


def test_away_and_back(house: House, server: Server, smtp_server: SmtpServer, cluster: Cluster) -> None:
    ada = Visitor(server.url).sign_in("ada")
    form = ada.get("/compose").form("/compose") | POST

    cluster.stop()
    assert server.health()["database"] == "away"
    answers = {path: ada.get(path) for path in PLACES}
    assert {path: found.status for path, found in answers.items()} == dict.fromkeys(PLACES, 503)
    assert {found.headers["Retry-After"] for found in answers.values()} == {"5"}
    began = time.monotonic()
    refused = ada.post("/compose", form)
    assert (refused.status, "Belfry cannot reach its database" in refused.text) == (503, True)
    assert time.monotonic() - began < ANSWERS_WITHIN
    time.sleep(3)  # the pipeline, the watch and the jobs ask in vain a few times

    cluster.start()
    house.reconnect()
    began = time.monotonic()
    house.wait(lambda: server.health()["ok"] and ada.get("/jobs").status == 200, within=GREEN_WITHIN)
    house.post("ada", ["emil"], "After")
    smtp_server.wait_for(2, within=GREEN_WITHIN)
    assert time.monotonic() - began < GREEN_WITHIN
    assert "another takes its place" not in server.log, "the scheduler's thread has outlived it"
    assert server.stop() == 0


def test_hung_up_on(house: House, server: Server, smtp_server: SmtpServer, cluster: Cluster) -> None:
    ada = Visitor(server.url).sign_in("ada")
    cluster.hang_up()
    house.reconnect()
    statuses = [ada.get("/inbox").status for _ in range(20)]
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200
    house.wait(lambda: server.health()["ok"], within=GREEN_WITHIN)
    house.post("ada", ["emil"], "After")
    smtp_server.wait_for(2, within=GREEN_WITHIN)
