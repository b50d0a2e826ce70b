"""Why didn't somebody get it? As a page for those who run the place, and as a section of a person's and a channel's."""

import pytest


@pytest.fixture
def olaf(bare_world, browser_of):
    bare_world.channel()
    bare_world.provider()
    bare_world.person("edith")
    bare_world.person("emil", display_name="Emil Moreau", email=None)
    bare_world.person("emma", display_name="Emma Stone")
    return browser_of("olaf", role="operator")


@pytest.fixture
def lost(olaf, bare_world):
    """One that did not reach Emil, and reached Emma."""
    bare_world.post("emil", "emma", subject="Lunch")
    bare_world.dispatch()
    return bare_world.rows(state="filtered")[0].id


def words(part):
    return " ".join(part.get_text(" ", strip=True).split())


def test_what_did_not_reach_a_person_each_with_its_cause(olaf, lost, soup):
    page = soup(olaf.get("/deliveries?user=emil"))
    assert page.h1.get_text() == "Why didn’t Emil Moreau get it?"
    [row] = page.select(".missed li")
    assert words(row) == "Not sent Lunch Team.News · E-mail · 09:00 Emil Moreau's account has no address for e-mail."
    assert row.a["href"] == f"/deliveries/{lost}"


def test_a_name_that_fits_several_asks_who_is_meant(olaf, lost, soup):
    page = soup(olaf.get("/deliveries?user=em"))
    links = {words(link): link["href"] for link in page.select("main section a")}
    assert links == {"Emil Moreau": "/deliveries?user=emil", "Emma Stone": "/deliveries?user=emma"}
    assert soup(olaf.get("/deliveries?user=Moreau")).select(".missed li")


def test_a_channel_with_peoples_names(olaf, lost, soup):
    page = soup(olaf.get("/deliveries?channel=team.news"))
    assert "to Emil Moreau" in words(page.select_one(".missed li"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Ask about somebody"),
        ("?user=nobody", "Nobody is called “nobody”."),
        ("?channel=no.where", "There is no channel “no.where”."),
        ("?user=emma", "Everything of the last 30 days has been handed over."),
        ("?user=edith", "Nothing was posted in the last 30 days."),
    ],
)
def test_where_there_is_nothing_it_says_so(olaf, lost, soup, query, said):
    assert said in words(soup(olaf.get(f"/deliveries{query}")).main)


def test_it_is_for_operators(olaf, browser_of):
    assert browser_of("erin").get("/deliveries").status_code == 403


def test_a_persons_page_and_a_channels_lead_there(olaf, lost, browser_of, soup):
    ada = browser_of("ada", role="admin")
    for address in ("/users/emil/edit", "/channels/team.news"):
        section = soup(ada.get(address)).select_one("#missed")
        assert section.select_one(".missed a")["href"] == f"/deliveries/{lost}"
        assert ada.get(section.select("a")[-1]["href"]).status_code == 200


def test_the_failed_page_has_the_box(olaf, soup):
    form = soup(olaf.get("/failed")).select_one(".ask-why")
    assert (form["action"], form.select_one("[name=user]")["type"]) == ("/deliveries", "search")


@pytest.mark.parametrize("query", ["?user=emil", "?user=em", "?channel=team.news", "?user=emma&channel=team.news"])
def test_it_costs_eight_statements_at_most(olaf, lost, statements, query):
    with statements() as asked:
        olaf.get(f"/deliveries{query}")
    assert len(asked) <= 8, "\n".join(asked)
