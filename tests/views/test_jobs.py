"""The jobs' page: for operators and above; what runs, how it went, and who runs it."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from tests.support.subscribers import subscriber
from webapp.domain.job import Job
from webapp.models.delivery import Delivery
from webapp.models.message import UserNotification
from webapp.services.running import job_orders, jobs


@pytest.mark.parametrize(("role", "status"), [("editor", 403), ("operator", 200), ("admin", 200)])
def test_who_may_see_it(browser_of, role, status):
    assert browser_of("olaf", role=role).get("/jobs").status_code == status


def test_strangers_are_sent_to_sign_in(client):
    answer = client.get("/jobs")
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/login")


@pytest.fixture
def olaf(browser_of):
    return browser_of("olaf", role="operator")


def test_before_anything_has_run(olaf, soup):
    page = soup(olaf.get("/jobs"))
    names = [next(cell.stripped_strings) for cell in page.select("tbody th")]
    assert names == ["Dispatcher", "Resender", "Truncation"]
    assert "nothing is being sent" in page.text


def test_runs_failures_and_processes(app, clock, olaf, soup):
    with app.app_context():
        now = clock.now()
        told = {"process": "belfry-1:77", "started_at": now, "ended_at": now}
        jobs.note_run(job="dispatcher", counts={"sent": 12, "retrying": 3}, **told)
        jobs.note_run(job="truncation", counts={}, error="<b>OperationalError</b>: locked", **told)
        jobs.beat(process="belfry-1:77", host="belfry-1", pid=77, jobs=tuple(Job), now=now)
    page = soup(olaf.get("/jobs"))
    for words in ("12 done", "3 to be tried again", "<b>OperationalError</b>: locked", "belfry-1", "The jobs run."):
        assert words in page.text
    assert page.select("td b") == []


def test_a_job_that_nobody_runs_is_red(app, clock, olaf, soup):
    with app.app_context():
        jobs.beat(process="p", host="h", pid=1, jobs=("dispatcher", "truncation"), now=clock.now())
    page = soup(olaf.get("/jobs"))
    assert (
        page.select_one(".banner.tone-brick p").text == "No process runs the resender. Start one with BELFRY_JOBS=all."
    )


def test_the_list_is_not_sent_again_unless_it_has_changed(app, clock, olaf, soup):
    version = soup(olaf.get("/jobs")).select_one("#jobs")["data-version"]
    piece = {"HX-Request": "true"}
    assert olaf.get(f"/jobs?version={version}", headers=piece).status_code == 204
    with app.app_context():
        jobs.beat(process="p", host="h", pid=1, jobs=tuple(Job), now=clock.now())
    changed = olaf.get(f"/jobs?version={version}", headers=piece)
    assert (changed.status_code, "<html" in changed.text) == (200, False)


def test_one_job_with_its_runs(app, clock, olaf, soup):
    with app.app_context():
        for number in range(25):
            began = clock.advance(10)
            jobs.note_run(
                job="dispatcher", process="p", started_at=began, ended_at=clock.advance(3), counts={"sent": number + 1},
                trigger="person" if number == 24 else "timer",
            )  # fmt: skip
        job_orders.pause(job="dispatcher", reason="<i>Moving</i>", by="ada", now=clock.now())
    page = soup(olaf.get("/jobs/dispatcher"))
    rows = [[" ".join(cell.stripped_strings) for cell in row.select("td")] for row in page.select("tbody tr")]
    assert len(rows) == 20
    assert [cell.split()[0] for cell in rows[0][1:]] == ["3", "a", "25"]
    assert "Paused by ada: “<i>Moving</i>”." in page.select_one(".banner.tone-brass").text
    assert page.select("main form") == [], "operators only look"


def test_there_is_no_such_job(olaf):
    assert olaf.get("/jobs/digest").status_code == 404


def test_the_dry_run_says_how_many_would_be_forgotten(world, browser_of, soup):
    world.post()
    world.execute(update(Delivery).values(state="sent"))
    world.clock.advance(timedelta(days=200))
    olaf = browser_of("olaf", role="operator")
    assert "Would forget" not in olaf.get("/jobs/truncation").text
    page = soup(olaf.get("/jobs/truncation?dry-run=1"))
    assert page.select_one("#would-go").text.strip() == "Would forget 1 notification."
    piece = olaf.get("/jobs/truncation?dry-run=1", headers={"HX-Request": "true"})
    assert piece.text.strip().startswith('<div id="would-go"')
    assert world.count(UserNotification) == 1


def test_the_dry_run_counts_what_only_subscribers_were_told_of(world, browser_of, soup):
    subscriber(world)
    world.post()
    world.execute(update(Delivery).values(state="sent", notification_id=None))
    world.execute(delete(UserNotification))
    world.clock.advance(timedelta(days=200))
    page = soup(browser_of("olaf", role="operator").get("/jobs/truncation?dry-run=1"))
    assert page.select_one("#would-go").text.strip() == (
        "Would forget 0 notifications. And 1 message that only subscribers were told of."
    )


def test_it_costs_few_statements(olaf, statements):
    with statements() as asked:
        assert olaf.get("/jobs").status_code == 200
    assert len(asked) <= 8, asked
