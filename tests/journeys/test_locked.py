"""The embedded database is locked by somebody else: pages are read, what would write gets a clear answer in time."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from sqlite3 import connect

from sqlalchemy import make_url

from tests.support.house import CHANNEL, House
from tests.support.mail import SmtpServer
from tests.support.server import Serve
from tests.support.visitor import Answer, Visitor

ANSWERS_WITHIN = 30.0
POST = {"channel": CHANNEL, "recipients": "emil", "subject": "News", "body": "Have a look."}
PAUSE = {"reason": "The mail server moves"}


@contextmanager
def locked(database_url: str) -> Iterator[None]:
    """Another process has the write lock for as long as it likes."""
    with closing(connect(make_url(database_url).database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def assert_busy(answer: Answer) -> None:
    """A calm page that says when to come back."""
    assert answer.status == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert "Belfry cannot reach its database" in answer.text
    assert "Traceback" not in answer.text


def test_what_would_write_is_503_and_what_reads_is_answered(
    house: House, serve: Serve, smtp_server: SmtpServer, database_url: str
) -> None:
    house.move_in("ada", role="admin")
    house.move_in("emil")
    house.open_channel()
    house.send_by(smtp_server.port)
    ada = Visitor(serve().url).sign_in("ada")
    form = ada.get("/compose").form("/compose") | POST
    house.wait(lambda: house.answer("jobs", "runners") != [], what="no sign of life")

    with locked(database_url):
        began = time.monotonic()
        assert_busy(ada.post("/compose", form))
        assert time.monotonic() - began < ANSWERS_WITHIN
        assert_busy(ada.post("/jobs/dispatcher/pause", form | PAUSE))
        statuses = {path: answer.status for path, answer in ada.crawl("/jobs", "/inbox").items()}
        assert {status for status in statuses.values() if status >= 400} <= {503}, statuses
        assert statuses["/jobs"] == statuses["/inbox"] == 200
    assert house.deliveries() == []

    assert ada.post("/compose", form).status == 303
    smtp_server.wait_for(1)
    assert ada.get("/healthz").status == 200
