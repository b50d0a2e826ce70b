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


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/channels/a/b/c"])
def test_what_is_not_there_is_a_problem_and_no_page(app, path):
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
