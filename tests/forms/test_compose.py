"""The form for a message: who is named, and when it is meant."""

from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.datastructures import MultiDict

from webapp.forms.compose import ComposeForm

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOUND = {
    "channel": "team.news",
    "recipients": "emil",
    "subject": "Lunch",
    "body": "At *noon*.",
    "when": "now",
    "key": "k",
}


@pytest.fixture
def fill(app):
    def make(zone="UTC", **given):
        form = ComposeForm(zone=zone, formdata=MultiDict(SOUND | {"unit": "minutes"} | given), meta={"csrf": False})
        form.offer_channels({"team.news": "News"})
        return form

    with app.test_request_context():
        yield make


def message(form):
    return form.message(now=NOW)


def test_a_sound_one(fill):
    form = fill()
    assert form.validate(), form.errors
    made = message(form)
    assert (made.channel, made.recipients, made.subject, made.body) == ("team.news", ("emil",), "Lunch", "At *noon*.")
    assert (made.at, made.delay, made.link) == (None, None, None)


@pytest.mark.parametrize("typed", ["emil, jutta", "emil jutta", " Emil;JUTTA, ", "emil,jutta,emil", "emil\njutta"])
def test_names_however_they_are_typed(fill, typed):
    assert fill(recipients=typed).usernames() == ("emil", "jutta")


@pytest.mark.parametrize("field", ["channel", "recipients", "subject", "body"])
def test_what_has_to_be_there(fill, field):
    form = fill(**{field: ""})
    assert not form.validate()
    assert field in form.errors


@pytest.mark.parametrize("name", ["e\x00mil", "émil", "<b>", "x" * 51])
def test_what_can_be_nobodys_name(fill, name):
    form = fill(recipients=name)
    assert not form.validate()
    assert "There is nobody named" in form.errors["recipients"][0]


def test_a_channel_that_there_is_not(fill):
    form = fill(channel="team.nothing")
    assert not form.validate()
    assert "channel" in form.errors


def test_a_time_is_meant_where_its_writer_lives(fill):
    form = fill(zone="Europe/Vienna", when="at", at="2026-03-05T09:00")
    assert form.validate(), form.errors
    assert message(form).at == datetime(2026, 3, 5, 8, 0, tzinfo=UTC)


def test_a_time_that_the_clocks_leap_over_is_none(fill):
    for zone, fine in (("Europe/Vienna", False), ("UTC", True)):
        form = fill(zone=zone, when="at", at="2026-03-29T02:30")
        assert form.validate() == fine
        assert ["There is no such time" in it for it in form.at.errors] == ([] if fine else [True])
    for when, at in (("now", "2026-03-29T02:30"), ("at", "2026-10-25T02:30")):  # not asked for; there, and twice
        assert fill(zone="Europe/Vienna", when=when, at=at).validate()


@pytest.mark.parametrize("at", ["", "soon", "2026-13-01T00:00"])
def test_a_time_has_to_be_one(fill, at):
    form = fill(when="at", at=at)
    assert not form.validate()
    assert form.at.errors


@pytest.mark.parametrize(
    ("unit", "after"), [("minutes", timedelta(minutes=2)), ("hours", timedelta(hours=2)), ("days", timedelta(days=2))]
)
def test_a_delay_counts_from_now(fill, unit, after):
    form = fill(when="delay", delay="2", unit=unit)
    assert form.validate(), form.errors
    assert (message(form).at, message(form).delay) == (NOW + after, after)


@pytest.mark.parametrize("delay", ["", "0", "-1", "many", "9" * 30, "367"])
def test_a_delay_has_to_be_one(fill, delay):
    form = fill(when="delay", delay=delay, unit="days")
    assert not form.validate()
    assert form.delay.errors


def test_a_time_that_is_not_wanted_does_not_matter(fill):
    form = fill(at="2026-03-05T09:00", delay="2")
    assert form.validate(), form.errors
    assert message(form).at is None


def test_a_browsers_line_ends_become_ours(fill):
    assert fill(body="a\r\nb").body.data == "a\nb"


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "\x00"])
def test_a_key_is_the_one_that_was_drawn(fill, key):
    assert "key" in fill(key=key).errors or not fill(key=key).validate()
