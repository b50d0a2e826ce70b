"""Problems: each with a code that programs can go by, and what to do about it."""

import pytest

from webapp.domain import refusal
from webapp.problems import MIMETYPE, PROBLEMS, code_of, problem


@pytest.mark.parametrize(("code", "sort"), PROBLEMS.items())
def test_each_is_answered_with_all_that_rfc_9457_asks_for(code, sort, app):
    with app.test_request_context("/api/v1/anything"):
        answer = problem(code, "What happened.", errors={"name": "Not this one."})
    assert (answer.status_code, answer.mimetype) == (sort.status, MIMETYPE)
    assert answer.json == {
        "type": f"/api#{code}",
        "title": sort.title,
        "status": sort.status,
        "detail": "What happened.",
        "code": code,
        "advice": sort.advice,
        "errors": [{"field": "name", "message": "Not this one."}],
    }


@pytest.mark.parametrize(("code", "sort"), PROBLEMS.items())
def test_its_type_leads_to_where_it_is_explained(code, sort, client):
    page = client.get("/api").text
    assert f'id="{code}"' in page
    assert sort.advice in page.replace("&#34;", '"')


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "not_understood"), (404, "missing"), (409, "conflict"), (418, "not_understood"), (422, "refused"),
     (429, "too_many"), (500, "broken"), (502, "broken"), (503, "away")],
)  # fmt: skip
def test_a_status_has_a_code(status, code):
    assert code_of(status) == code


def test_every_refusal_has_a_problem_of_its_status():
    sorts = [refusal.Refused, *refusal.Refused.__subclasses__(), *refusal.Conflict.__subclasses__()]
    for sort in sorts:
        assert PROBLEMS[sort.code].status == sort.status, sort
