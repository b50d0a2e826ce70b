"""What people type about what they are sent, read and written back."""

from datetime import UTC, datetime, time

import pytest
from werkzeug.datastructures import MultiDict

from webapp.domain.digest import Digest
from webapp.domain.quiet_hours import QuietHours
from webapp.forms.preferences import CellForm, QuietHoursForm, SimulatorForm, cell_words, hours_words

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def request_context(app):
    with app.test_request_context():
        yield


def cell(*words):
    form = CellForm(MultiDict(words), meta={"csrf": False})
    assert form.validate(), form.errors
    return bool(form.wanted.data), form.digest


def week(*words):
    form = QuietHoursForm(MultiDict(words), meta={"csrf": False})
    form.validate()
    return form


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("digest", [None, Digest(), Digest(time(0)), Digest(time(17, 30))])
def test_a_cell_is_read_as_it_is_written(wanted, digest):
    assert cell(*cell_words(wanted=wanted, digest=digest)) == (wanted, digest)


def test_a_daily_digest_without_a_time_has_the_usual_one():
    assert cell(("often", "daily"), ("at", "")) == (False, Digest(time(17)))


def test_a_week_is_read_as_it_is_written():
    hours = tuple(map(QuietHours.read, ("mon 12:00-13:00", "mon 22:00-07:00", "sun 00:00-00:00")))
    assert week(*hours_words(hours), ("tue-from", ""), ("tue-to", "")).hours == hours
    assert QuietHoursForm(formdata=None, data={"sun": hours[2:]}, meta={"csrf": False}).hours == hours[2:]


@pytest.mark.parametrize(
    "pair",
    [
        ("22:00", ""),
        ("", "07:00"),
        ("22", "7 o'clock"),
        ("25:00", "07:00"),
        ("22:00+01:00", "07:00"),
        ("22:00:30", "07:00"),
    ],
)
def test_half_of_a_pair_is_said_at_its_day_and_kept(pair):
    form = week(("wed-from", pair[0]), ("wed-to", pair[1]))
    assert list(form.errors) == ["wed"]
    assert form.wed.pairs == [pair]


def test_one_day_becomes_every_day():
    form = week(("tue-from", "22:00"), ("tue-to", "07:00"), ("fri-from", "01:00"), ("fri-to", "02:00"))
    form.copy("noday")
    assert len(form.hours) == 2
    form.copy("tue")
    assert [str(one) for one in form.hours] == [
        f"{day} 22:00-07:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    ]


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("", NOW),
        ("2027-03-28T01:30", datetime(2027, 3, 28, 0, 30, tzinfo=UTC)),
        ("2027-03-28T03:00", datetime(2027, 3, 28, 1, tzinfo=UTC)),
        ("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # comes twice: the first is meant
        ("2027-03-28T02:30", None),
        ("9999-12-31T23:59", None),
        ("0001-01-01T00:00", None),
        ("tomorrow", None),
    ],
)
def test_a_time_is_meant_where_one_lives(typed, moment):
    form = SimulatorForm(MultiDict({"at": typed, "channel": "team.news"}), zone="Europe/Berlin", now=NOW)
    form.offer({}, {"team.news": "News"})
    assert form.validate() == (moment is not None), form.errors
    assert moment is None or form.moment == moment
