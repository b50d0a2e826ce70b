"""What administrators order of the jobs, by forms on each job's page."""

from datetime import UTC, datetime

import pytest

from webapp.domain.job import Job
from webapp.services.running import job_orders, jobs

HERE = "/jobs/dispatcher"


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin", tz="Europe/Paris")


@pytest.fixture
def order(app, clock):
    def look(job="dispatcher"):
        with app.app_context():
            return job_orders.order(job=job, now=clock.now())

    return look


@pytest.fixture
def running(app, clock):
    with app.app_context():
        jobs.beat(process="p", host="h", pid=1, jobs=tuple(Job), now=clock.now())


@pytest.mark.parametrize("path", ["/jobs/dispatcher", f"{HERE}/runs", f"{HERE}/pause", f"{HERE}/resumption"])
def test_operators_only_look(browser_of, order, path):
    answer = browser_of("olaf", role="operator").submit(path, {"reason": "Moving", "batch": "1"}, page=HERE)
    assert answer.status_code == 403
    assert order() == job_orders.NOTHING


def test_pause_and_resume(ada, order, soup):
    answer = ada.submit(f"{HERE}/pause", {"reason": "Moving", "until": "2026-03-02T12:00"}, page=HERE)
    assert (answer.status_code, answer.location) == (303, HERE)
    assert (order().paused_reason, order().paused_by) == ("Moving", "ada")
    assert order().paused_until == datetime(2026, 3, 2, 11, tzinfo=UTC), "noon in Paris"
    page = soup(ada.get(HERE))
    assert page.select_one(".banner.tone-brass").text.strip().startswith("Paused by ada: “Moving”.")
    assert "Run now" not in page.text
    assert (page.select_one("#reason")["value"], page.select_one("#until")["value"]) == ("Moving", "2026-03-02T12:00")
    ada.submit(f"{HERE}/resumption", {}, page=HERE)
    assert order() == job_orders.NOTHING


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": ""}, "Please fill this in."),
        ({"reason": "x" * 201}, "At most 200 characters"),
        ({"reason": "Moving", "until": "2026-03-02T09:59"}, "gone by already"),  # in Paris; it is 10:00 there
        ({"reason": "Moving", "until": "9999-12-31T23:00"}, "further away than Belfry can reckon"),
        ({"reason": "Moving", "until": "soon"}, "A date and a time, please"),
    ],
)
def test_a_pause_that_is_refused_keeps_what_was_typed(ada, order, soup, given, said):
    answer = ada.submit(f"{HERE}/pause", given, page=HERE)
    page = soup(answer)
    assert (answer.status_code, page.title.text.startswith("Error:")) == (422, True)
    assert said in page.select_one("#error-summary").text
    assert page.select_one("#reason")["value"] == given["reason"]
    assert order() == job_orders.NOTHING


def test_numbers(ada, order, soup):
    answer = ada.submit(HERE, {"every_s": "30", "batch": "5"})
    assert (answer.status_code, answer.location) == (303, HERE)
    assert (order().every_s, order().batch) == (30, 5)
    page = soup(ada.get(HERE))
    assert (page.select_one("#every_s")["value"], page.select_one("#batch")["value"]) == ("30", "5")
    assert "every 30 s" in page.text
    ada.submit(HERE, {"every_s": "", "batch": ""})
    assert order() == job_orders.NOTHING


@pytest.mark.parametrize("given", [{"every_s": "0.5"}, {"batch": "0"}, {"every_s": "nan"}, {"batch": "many"}])
def test_numbers_that_make_no_sense_are_refused_at_their_field(ada, order, soup, given):
    answer = ada.submit(HERE, {"every_s": "", "batch": ""} | given)
    [field] = given
    assert answer.status_code == 422
    assert soup(answer).select_one(f"#{field}-error") is not None
    assert order() == job_orders.NOTHING


def test_run_now(ada, order, soup, running, clock):
    assert ada.submit(f"{HERE}/runs", {}, page=HERE).status_code == 303
    assert order().wanted_at == clock.now()
    page = soup(ada.get(HERE))
    assert "The dispatcher runs within a few seconds." in page.select_one(".flashes, #flashes").text
    assert "A run was asked for" in page.text


def test_run_now_where_nobody_runs_it(ada, order, soup):
    assert "Run now" not in ada.get(HERE).text
    ada.submit(f"{HERE}/runs", {}, page=HERE)
    assert order().wanted_at is None
    assert "No process runs the dispatcher now." in soup(ada.get(HERE)).text


def test_no_such_job(ada):
    for path in ("/jobs/digest", "/jobs/digest/pause", "/jobs/digest/runs"):
        assert ada.submit(path, {"reason": "Moving"}, page=HERE).status_code == 404


def test_the_truncation_has_no_numbers_to_change(ada, soup):
    page = soup(ada.get("/jobs/truncation"))
    assert page.select_one("#every_s") is None
    assert ada.submit("/jobs/truncation", {"every_s": "5"}, page=HERE).status_code == 422
