"""An administrator at a process that runs no jobs orders something of them: the process that does obeys."""

import time

import pytest

from tests.support.house import House
from tests.support.mail import SmtpServer
from tests.support.server import Serve
from tests.support.visitor import Visitor

OBEYED_WITHIN = 30.0


@pytest.mark.both_databases
def test_orders_reach_the_process_that_runs_the_jobs(house: House, serve: Serve, smtp_server: SmtpServer) -> None:
    house.move_in("ada", role="admin")
    house.move_in("emil")
    house.open_channel()
    house.send_by(smtp_server.port)
    worker, front = serve(RESEND_EVERY="3600"), serve(JOBS="off")
    house.wait(lambda: house.answer("jobs", "runners") != [], what="no sign of life")
    ada = Visitor(front.url).sign_in("ada")

    def runs(job: str) -> list[str]:
        return [run["trigger"] for run in house.answer("jobs", "runs", job)]

    for job in ("resender", "truncation"):
        assert ada.submit(f"/jobs/{job}/runs", {}, page=f"/jobs/{job}").status == 303
    house.wait(lambda: runs("resender") == runs("truncation") == ["person"], within=OBEYED_WITHIN, what="not run")

    ada.submit("/jobs/resender", {"every_s": "1", "batch": ""}, page="/jobs/resender")
    house.wait(lambda: runs("resender")[0] == "timer", within=OBEYED_WITHIN, what="the interval is the old one")

    ada.submit("/jobs/dispatcher/pause", {"reason": "The mail server moves"}, page="/jobs/dispatcher")
    house.post("ada", ["emil"], "While it is paused")
    ada.submit("/compose", ada.get("/compose").form("/compose") | {"recipients": "emil", "subject": "x", "body": "x"})
    time.sleep(3)
    assert (house.states(), smtp_server.mails) == ({"queued": 2}, [])
    assert worker.health()["paused"] == ["dispatcher"]

    ada.submit("/jobs/dispatcher/resumption", {}, page="/jobs/dispatcher")
    smtp_server.wait_for(2, within=OBEYED_WITHIN)
    told = house.answer("jobs", "list")[0]
    assert (told["paused"], len(told["run_by"])) == (None, 1)
