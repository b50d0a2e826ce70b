"""The count before a post on the page: what the sender reads, and what they never do."""

import pytest

HTMX = {"HX-Request": "true"}


@pytest.fixture
def edith(bare_world, browser_of):
    bare_world.channel()
    bare_world.person("jutta", display_name="Jutta Sommer")
    browser_of("emil", display_name="Emil Moreau")
    return browser_of("edith", tz="Europe/Vienna")


@pytest.fixture
def preview(edith, soup):
    """``preview(recipients="emil")``: what the page shows of a form that is filled in so."""
    hidden = {
        it["name"]: it.get("value", "") for it in soup(edith.get("/compose")).select("#compose input[type=hidden]")
    }

    def look(headers=None, **given):
        usual = {"channel": "team.news", "recipients": "emil", "when": "now", "unit": "minutes"}
        return soup(edith.post("/compose/preview", data=hidden | usual | given, headers=headers))

    return look


@pytest.fixture
def counted(preview):
    """``counted(recipients="emil")``: each line of the ledger with the names behind it."""

    def look(**given):
        page = preview(HTMX, **given)
        lines = {
            " ".join(line.summary.get_text().split()): " ".join(line.p.get_text().split())
            for line in page.select(".foreseen details")
        }
        notes = [" ".join(note.get_text().split()) for note in page.select(".note")]
        return (page.h3.get_text() if page.h3 else None), lines, notes

    return look


def test_the_count_before_a_post_names_who_is_behind_each_number(counted, bare_world):
    bare_world.provider()
    bare_world.prefer("jutta", wanted=False)
    total, lines, notes = counted(recipients="emil, jutta, nobody")
    assert (total, notes) == ("2 people", ["There is nobody named “nobody”: it cannot be sent like this."])
    assert lines == {
        "2 inbox": "Emil Moreau emil, Jutta Sommer jutta",
        "1 e-mail now": "Emil Moreau emil",
        "1 chose not to get this by e-mail": "Jutta Sommer jutta",
    }


def test_a_time_that_is_over_is_said_to_be(counted, bare_world):
    bare_world.provider()
    _total, lines, notes = counted(when="at", at="2025-03-05T09:00")
    assert (list(lines), notes) == (
        ["1 inbox", "1 e-mail now"],
        ["This time is over: it goes out as soon as you send it."],
    )


def test_the_sender_does_not_read_which_time_somebody_chose(counted, bare_world):
    bare_world.provider()
    bare_world.prefer("emil", digest="daily 23:59")
    bare_world.quiet("jutta", *(f"{day} 00:00-00:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")))
    assert list(counted(recipients="emil, jutta")[1]) == ["2 inbox", "2 e-mail at times they chose"]


def test_where_nothing_is_set_up_to_send_a_sender_is_warned(counted):
    total, lines, [note] = counted()
    assert total == "1 person"
    assert list(lines) == ["1 inbox", "1 e-mail waits: nothing is ready to send it"]
    assert note.startswith("1 e-mail will wait")


def test_what_is_scheduled_is_counted_for_then(counted, bare_world):
    bare_world.provider()
    assert list(counted(when="at", at="2026-03-05T09:00")[1]) == [
        "1 inbox, 5 Mar 2026, 09:00", "1 e-mail, 5 Mar 2026, 09:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [{"recipients": ""}, {"recipients": "nobody"}, {"recipients": "a\x00"}, {"when": "at", "at": "0001-01-01T00:00"},
     {"when": "at", "at": "9999-12-31T23:59"}, {"when": "delay", "delay": "99999999999"}],
    ids=repr,
)  # fmt: skip
def test_what_cannot_be_counted_is_not(counted, given):
    assert counted(**given) == (None, {}, [])


def test_a_long_list_of_names_ends(counted, bare_world):
    bare_world.provider()
    crowd = bare_world.crowd(60)
    assert counted(recipients=" ".join(crowd))[1]["60 inbox"].endswith("p00049 and 10 more")


def test_without_scripts_the_button_shows_it_on_the_page(preview):
    assert preview().select_one("#preview #count").get_text() == "1 person"
