"""A provider kind that comes in a package of its own: found, filled in, tried out, activated, and it delivers."""

import os
import socketserver
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import update

from tests.support import ROOT
from tests.support.house import House
from tests.support.installed import example, install
from tests.support.server import Belfry, Serve
from tests.support.visitor import Visitor
from webapp.database import writing
from webapp.extensions import db
from webapp.models.user import User
from webapp.runtime import runtime

PHONE = "+4930901820"
BROKEN = {
    "nowhere": "belfry_nowhere:Kind",
    "raises": "belfry_raises:Kind",
    "exits": "belfry_exits:Kind",
    "empty": "belfry_empty:Kind",
    "no_kind": "json:loads",
    "half": "belfry_half:Half",
    "taken": "belfry_taken:Taken",
}
MODULES = {
    "belfry_raises": "import no_such_library\n",
    "belfry_exits": "raise SystemExit(3)\n",
    "belfry_empty": "",
    "belfry_half": "from webapp.providers import Provider\nclass Half(Provider):\n    kind = 'half'\n",
    "belfry_taken": "from belfry_snpp import Snpp\nclass Taken(Snpp):\n    kind = 'smtp'\n",
}


class Pager(socketserver.ThreadingTCPServer):
    """A paging server that takes everything. ``paged`` are numbers and texts."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.paged: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Talk)

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        said: dict[str, str] = {}
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            command, _, rest = line.decode().strip().partition(" ")
            said[command] = rest
            if command == "SEND":
                self.server.paged.append((said["PAGE"], said["MESS"]))
            self.wfile.write(b"250 taken\r\n")


@pytest.fixture
def pager() -> Iterator[Pager]:
    with Pager() as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the package, and with another one full of broken ones."""
    site = install(tmp_path / "site", "belfry_snpp", {"snpp": "belfry_snpp:Snpp"}, {"belfry_snpp": example()})
    return install(site, "belfry_broken", BROKEN, MODULES)


@pytest.fixture
def process_environment(process_environment: dict[str, str], site: Path) -> dict[str, str]:
    return process_environment | {"PYTHONPATH": str(site)}


@pytest.fixture
def ada(house: House) -> str:
    """An administrator with a phone, on a channel that goes out by SMS."""
    house.move_in("ada", role="admin")
    with house._app.app_context(), writing(db.session) as session:
        session.execute(update(User).values(phone=PHONE, phone_verified_at=runtime().now()))
    house.answer("channels", "add", "team.alarms", "--title", "Alarms", "--media", "sms", "--immediate")
    return "ada"


def test_it_is_added_tried_out_activated_and_delivers(house: House, ada: str, serve: Serve, pager: Pager) -> None:
    server = serve()
    browser = Visitor(server.url).sign_in(ada)
    assert "Pager (SNPP)" in browser.get("/providers/new").text
    page = browser.get("/providers/new/snpp")
    assert {"host", "port"} <= {str(one["name"]) for one in page.page.select("form input[name]")}
    form = page.form("/providers/new/snpp") | {"name": "pager", "host": "127.0.0.1", "port": str(pager.port)}
    assert browser.post("/providers/new/snpp", form | {"host": ""}).status == 422
    tried = browser.post("/providers/new/snpp", form | {"to": PHONE, "act": "test"})
    assert tried.status == 200, tried.text
    assert all(step in tried.text for step in ("greeting", "page", "mess", "250 taken"))
    assert browser.post("/providers/new/snpp", form | {"act": "activate"}).status == 303
    assert "Pager (SNPP)" in browser.get("/providers").text
    posted = {"channel": "team.alarms", "recipients": ada, "subject": "Fire", "body": "Leave\nthe house."}
    assert browser.post("/compose", browser.get("/compose").form("/compose") | posted).status == 303
    house.wait_until_all("sent")
    (_, trial), (number, text) = pager.paged
    assert number == PHONE
    assert trial.startswith("This is a test")
    assert "Leave the house." in text
    _each_broken_one_is_told_of_once(server.log)


def _each_broken_one_is_told_of_once(log: str) -> None:
    lines = [line for line in log.splitlines() if "is left out" in line]
    assert {name: sum(f"plugin {name} (" in line for line in lines) for name in BROKEN} == dict.fromkeys(BROKEN, 1)
    assert "Traceback" not in log


def test_a_command_knows_it_and_the_broken_ones_stop_nobody(belfry: Belfry) -> None:
    kinds = {one["kind"] for one in belfry("providers", "kinds")}
    assert {"snpp", "smtp", "file"} <= kinds
    assert "half" not in kinds


def test_the_suite_for_every_kind_runs_over_it(site: Path) -> None:
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-k", "snpp"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    done = subprocess.run(
        [*suite, "tests/providers/test_every_provider.py"],
        cwd=ROOT, env=environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.rpartition(" passed")[0].split()[-1]) >= 9


def test_taken_away_again_its_deliveries_wait_and_the_pages_work(
    house: House, ada: str, serve: Serve, belfry: Belfry, process_environment: dict[str, str]
) -> None:
    belfry("providers", "add", "snpp", "pager", "--medium", "sms", "--set", "host=127.0.0.1", "--activate")
    process_environment.pop("PYTHONPATH")
    server = serve()
    browser = Visitor(server.url).sign_in(ada)
    posted = {"channel": "team.alarms", "recipients": ada, "subject": "Fire", "body": "Leave the house."}
    assert browser.post("/compose", browser.get("/compose").form("/compose") | posted).status == 303
    house.wait_until_all("held")
    [row] = house.deliveries()
    assert "Providers of the kind “snpp” are not installed here." in (row.last_error or "")
    assert browser.get("/providers").status == 200
