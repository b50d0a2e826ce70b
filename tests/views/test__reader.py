"""In whose language and zone a page is written."""

from datetime import UTC, datetime

import pytest
from flask import g

from webapp.views._reader import local, reader


@pytest.mark.parametrize(
    ("username", "tz", "locale", "hour"), [("edith", "UTC", "en", 9), ("emil", "Asia/Tokyo", "fr", 18)]
)
def test_it_is_whoever_asks(app, browser_of, username, tz, locale, hour):
    app.add_url_rule("/who", "who", lambda: f"{reader().locale} {local(datetime(2026, 3, 2, 9, tzinfo=UTC)).hour}")
    assert browser_of(username, tz=tz, locale=locale).get("/who").text == f"{locale} {hour}"
    assert app.test_client().get("/who").text == "en_GB 9"


def test_it_is_found_out_once_for_a_request(app):
    with app.test_request_context("/"):
        assert reader() is reader() is g.reader
