"""No session for programs: a cookie is neither read nor given, whatever it says."""

from flask import session

from tests.support.programs import API


def test_nothing_depends_on_a_cookie(program_of):
    answer = program_of("ada").get("/channels")
    assert answer.status_code == 200
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" not in answer.headers


def test_elsewhere_it_is_as_it_was(browser_of):
    browser = browser_of("ada")
    for path, somebody in ((f"{API}/channels", False), (API, False), (f"{API}nonsense", True), ("/inbox", True)):
        with browser:
            browser.get(path)
            assert bool(session) is somebody, path
