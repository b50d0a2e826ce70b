"""The JSON door as a whole."""

import pytest

from webapp.api import openapi


def test_it_is_documented_as_openapi_3_1(app):
    with app.test_request_context():
        document = openapi(app)
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/channels" in document["paths"]


def test_every_answer_is_closed_and_none_is_left_open(app):
    with app.test_request_context():
        document = openapi(app)
    for name, schema in document["components"]["schemas"].items():
        assert schema["additionalProperties"] is False, name
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                assert "default" not in operation["responses"], f"{method} {path}"


def test_headers_that_lead_on_are_documented(app):
    with app.test_request_context():
        document = openapi(app)
    for path, status in [("/api/v1/messages", "201"), ("/api/v1/events", "202")]:
        assert "Location" in document["paths"][path]["post"]["responses"][status]["headers"]
    for status in (409, 429, 503):
        assert "Retry-After" in document["components"]["responses"][f"Problem{status}"]["headers"]


@pytest.mark.parametrize(
    "path", ["/messages?", "/messages/{id}/recipients?", "/deliveries?", "/inbox?", "/users?name=em&", "/mappings?"]
)
def test_a_page_that_is_not_there_is_refused_at_its_field(world, program_of, path):
    ada = program_of("ada", role="admin")
    posted = ada.post("/messages", {"channel": "team.news", "recipients": ["emil"], "subject": "a", "body": "b"})
    answer = ada.get(f"{path.format(id=posted.json['id'])}after=No such page")
    assert (answer.status_code, [one["field"] for one in answer.json["errors"]]) == (422, ["after"])


def test_a_query_that_nobody_documented_is_refused(world, program_of):
    ada = program_of("ada")
    for answer in (ada.get("/channels/team.news?colour=red"), ada.post("/inbox/readings?colour=red", {})):
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "colour")


@pytest.mark.parametrize(
    "path",
    ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/channels/a/b/c", "/api/v1//channels"],
)
def test_what_is_not_there_is_a_problem_and_no_page(app, path):
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
