"""Quiet hours and unread e-mail, as they are typed."""

import pytest

QUIET, UNREAD, PAGE = "/preferences/times/quiet-hours", "/preferences/times/unread", "/preferences/times"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@pytest.fixture
def bo(world, browser_of):
    return browser_of("bo")


def flash_form(soup, browser):
    return soup(browser.get(PAGE)).select_one(".flash form")


def undo(soup, browser):
    form = flash_form(soup, browser)
    fields = {}
    for field in form.select("input"):
        fields.setdefault(field["name"], []).append(field["value"])
    return browser.post(form["action"], data=fields)


def strips(soup, browser):
    return [strip["aria-label"] for strip in soup(browser.get(PAGE)).select(".day-strip")]


def test_a_night_is_drawn_on_both_of_its_days_and_undone(bo, soup):
    answer = bo.submit(QUIET, {"mon-from": ["22:00", ""], "mon-to": ["07:00", ""]}, page=PAGE)
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert strips(soup, bo)[:3] == [
        "Monday: quiet from 22:00 to 24:00",
        "Tuesday: quiet from 00:00 to 07:00",
        "Wednesday: no quiet hours",
    ]
    bo.submit(QUIET, {"sun-from": "12:00", "sun-to": "13:00"}, page=PAGE)
    assert undo(soup, bo).status_code == 303
    assert strips(soup, bo)[0] == "Monday: quiet from 22:00 to 24:00"


def test_one_day_is_copied_to_every_day(bo, soup):
    bo.submit(QUIET, {"tue-from": "12:00", "tue-to": "13:00", "copy": "tue"}, page=PAGE)
    assert {label.partition(": ")[2] for label in strips(soup, bo)} == {"quiet from 12:00 to 13:00"}


def test_enter_saves_and_copies_nothing(bo, soup):
    """A browser presses a form's first button."""
    bo.submit(QUIET, {"mon-from": ["22:00", ""], "mon-to": ["07:00", ""]}, page=PAGE)
    form = soup(bo.get(PAGE)).select_one("form.week")
    assert form.select_one("button[name=copy]")
    assert not form.select_one("button").get("name")


def test_half_a_pair_is_said_at_its_day(bo, soup):
    answer = bo.submit(QUIET, {"wed-from": "22:00", "wed-to": ""}, page=PAGE)
    page = soup(answer)
    assert answer.status_code == 422
    assert page.select_one("#error-summary a")["href"] == "#wed"
    assert "Give both times" in page.select_one("#wed-error").get_text()
    assert page.select_one("[name=wed-from]")["value"] == "22:00"


def test_a_week_without_an_end_is_refused(bo, soup):
    whole = {
        f"{day}-{end}": "00:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for end in ("from", "to")
    }
    answer = bo.submit(QUIET, whole, page=PAGE)
    assert answer.status_code == 422
    assert "no minute in the week" in soup(answer).select_one("#error-summary").get_text()
    assert set(strips(soup, bo)) == {f"{day}: no quiet hours" for day in DAYS}


def test_e_mail_only_of_what_stays_unread(bo, soup):
    assert bo.submit(UNREAD, {"after": "30"}, page=PAGE).status_code == 303
    page = soup(bo.get(PAGE))
    assert "after 30 minutes" in page.select_one(".flash").get_text()
    assert page.select_one("#after")["value"] == "30"
    bo.submit(UNREAD, {"after": ""}, page=PAGE)
    undo(soup, bo)
    assert soup(bo.get(PAGE)).select_one("#after")["value"] == "30"


@pytest.mark.parametrize("typed", ["-1", "10081", "soon"])
def test_no_such_number_of_minutes(bo, soup, typed):
    answer = bo.submit(UNREAD, {"after": typed}, page=PAGE)
    assert (answer.status_code, soup(answer).select_one("#after")["value"]) == (422, typed)
    assert soup(answer).select_one("#after-error")
