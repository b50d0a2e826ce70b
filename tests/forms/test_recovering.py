"""Since when a subscriber is to be recovered."""

from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import MultiDict

from webapp.forms.recovering import RecoverForm

FAR = {"0001-01-01T00:00": "Asia/Tokyo", "9999-12-31T23:59": "America/New_York"}


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


@pytest.mark.one_database
@pytest.mark.parametrize(("typed", "zone"), FAR.items())
def test_what_no_calendar_holds_is_refused_at_the_field(app, typed, zone):
    with app.test_request_context():
        form = RecoverForm(MultiDict({"since": typed}), meta={"csrf": False})
        assert form.validate()
        assert form.moment(zone) is None
        assert form.errors == {"since": ["This is further away than Belfry can reckon."]}
