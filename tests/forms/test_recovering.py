"""Since when a subscriber is to be recovered."""

from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import MultiDict

from webapp.forms.recovering import RecoverForm


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ({"since": "2026-03-02T09:00"}, datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ({"since": "yesterday"}, None),
        ({}, None),
    ],
)
def test_a_time_is_meant_in_the_readers_zone(app, typed, meant):
    with app.test_request_context():
        assert RecoverForm(MultiDict(typed), meta={"csrf": False}).moment("Europe/Berlin") == meant
