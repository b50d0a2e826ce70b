"""The jobs' page: for operators and above; what runs, how it went, and who runs it."""

import pytest

from webapp.services import jobs


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
        jobs.beat(process="belfry-1:77", host="belfry-1", pid=77, jobs=("dispatcher", "truncation"), now=now)
    page = soup(olaf.get("/jobs"))
    for words in ("12 done", "3 to be tried again", "<b>OperationalError</b>: locked", "belfry-1", "The jobs run."):
        assert words in page.text
    assert page.select("td b") == []


def test_it_costs_few_statements(olaf, statements):
    with statements() as asked:
        assert olaf.get("/jobs").status_code == 200
    assert len(asked) <= 8, asked
