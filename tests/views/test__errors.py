"""Every error is one calm page, with the same strict headers as any other."""

import logging

import pytest
from flask import abort, redirect
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import default_exceptions

from webapp.domain.refusal import Conflict, Missing, Refused, Throttled
from webapp.web import CONTENT_SECURITY_POLICY

HTMX = {"HX-Request": "true"}


def away(**_given):
    raise OperationalError("SELECT 1", {}, Exception("the disk is gone: /var/secret"))


@pytest.fixture
def failing(app, client):
    """A page that fails as told."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def answer(fail, **kwargs):
        app.view_functions.pop("fail", None)
        app.add_url_rule("/fail", "fail", fail)
        return client.get("/fail", **kwargs)

    return answer


def raising(error):
    def fail():
        raise error

    return fail


def strict(answer) -> bool:
    headers = answer.headers
    return (
        headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        and headers["X-Content-Type-Options"] == "nosniff"
        and headers["Referrer-Policy"] == "same-origin"
        and headers["Cross-Origin-Opener-Policy"] == "same-origin"
    )


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Refused({"a": "Not like this.", "b": "Nor that."}), 422, "Not like this. Nor that."),
        (Missing({"a": "There is no such thing."}), 404, "There is no such thing."),
        (Conflict({"a": "Somebody was faster."}), 409, "Somebody was faster."),
        (Throttled({"a": "Too many."}, retry_after=7), 429, "Too many."),
    ],
)
def test_a_refusal_says_its_sentence_under_its_status(error, status, words, failing):
    answer = failing(raising(error))
    assert answer.status_code == status
    assert words in answer.text
    assert strict(answer)


def test_too_many_tries_say_when_to_come_back(failing):
    assert failing(raising(Throttled({"a": "Too many."}, retry_after=7))).headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("path", "method", "status", "title"),
    [
        ("/nothing", "GET", 404, "There is nothing here"),
        ("/static/nothing.css", "GET", 404, "There is nothing here"),
        ("/static/../app.py", "GET", 404, "There is nothing here"),
        ("/logout", "GET", 405, "This page cannot do that"),
        ("/logout", "POST", 400, "This form was open too long"),
    ],
)
def test_what_a_browser_may_run_into(path, method, status, title, client):
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert strict(answer)


def test_a_method_that_is_not_allowed_names_those_that_are(client):
    assert client.get("/logout").headers["Allow"] == "OPTIONS, POST"


def test_a_file_that_is_there_is_kept_for_long_and_as_strict(client):
    with client.get("/static/css/base.css") as answer:
        pass
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert strict(answer)


def test_more_than_is_read(client, settings):
    answer = client.post("/login", data={"username": "x" * (settings.max_body + 1)})
    assert answer.status_code == 413
    assert "That is too much at once" in answer.text
    assert strict(answer)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:5000", "127.0.0.1.evil.example", ""])
def test_another_host_name_is_refused_without_a_page(host, client):
    answer = client.get("/login", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert strict(answer)


@pytest.mark.parametrize("status", [406, 414, 431])
def test_a_status_without_a_problem_of_its_own_is_kept(app, status):
    with app.test_request_context("/api/v1/channels"):
        answer = app.make_response(app.handle_user_exception(default_exceptions[status]()))
    assert (answer.status_code, answer.json["status"], answer.json["code"]) == (status, status, "not_understood")


def test_another_host_name_is_a_problem_for_a_program(client):
    answer = client.get("/api/v1/channels", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.json["detail"] == "Belfry is not served under this name."


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:5000"])
def test_this_machines_own_names_are_fine(host, client):
    assert client.get("/login", headers={"Host": host}).status_code == 200


def test_a_role_that_is_not_enough_is_told_why_once(browser_of):
    answer = browser_of("edith").get("/users")
    assert answer.status_code == 403
    assert "<p>This page is for administrators.</p>" in answer.text
    assert answer.text.count("An administrator can") == 1


def test_werkzeugs_words_for_developers_are_not_shown(failing):
    answer = failing(lambda: abort(400, "Traceback: /srv/belfry"))
    assert "Traceback" not in answer.text


def test_a_redirect_is_no_error(failing):
    answer = failing(lambda: abort(redirect("/login", 307)))
    assert (answer.status_code, answer.location) == (307, "/login")


def test_an_unknown_status_still_has_a_page(failing):
    assert failing(lambda: abort(418)).status_code == 418


# --- a fault of ours ----------------------------------------------------------------------------------------------


def test_a_fault_has_a_number_that_the_log_has_too(failing, caplog):
    answer = failing(lambda: 1 / 0)
    assert answer.status_code == 500
    assert strict(answer)
    assert "ZeroDivisionError" not in answer.text
    numbered = [record for record in caplog.records if record.getMessage().startswith("Error ")]
    number = numbered[0].getMessage().split()[1].rstrip(":")
    assert number in answer.text
    assert any(record.exc_info for record in caplog.records), "the traceback is in the log"


def test_a_database_in_trouble_asks_to_come_back(failing, caplog):
    with caplog.at_level(logging.ERROR):
        answer = failing(away)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "secret" not in answer.text
    assert "secret" in caplog.text
    assert strict(answer)


def test_a_database_that_is_away_when_the_session_is_looked_up(app, browser_of, monkeypatch):
    edith = browser_of("edith")
    monkeypatch.setattr("webapp.views._identity.sessions.person_of", away)
    assert edith.get("/profile").status_code == 503


def test_a_database_that_is_away_when_an_error_looks_up_who_asked(app, browser_of, monkeypatch):
    edith = browser_of("edith")
    monkeypatch.setattr("webapp.views._identity.sessions.person_of", away)
    answer = edith.get("/no/such/page")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


# --- pieces for htmx ----------------------------------------------------------------------------------------------


def test_htmx_gets_the_sentence_only_to_put_among_the_messages(failing):
    answer = failing(raising(Conflict({"a": "Somebody <b>was</b> faster."})), headers=HTMX)
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#flashes"
    assert answer.headers["HX-Reswap"] == "innerHTML"
    assert "Somebody &lt;b&gt;was&lt;/b&gt; faster." in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("more", [{"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}])
def test_a_boosted_link_gets_the_whole_page(more, failing):
    assert "<html" in failing(raising(Missing({"a": "Gone."})), headers=HTMX | more).text
