"""/profile/states: one's own address for states, without a script."""

import pytest

PAGE = "/profile/states"


@pytest.fixture
def me(world, browser_of):
    world.clock.advance(1)
    return browser_of("max")


@pytest.fixture
def save(me):
    def go(url, **more):
        fields = {"url": url, "auth": "none", "body": "plain", "timeout": "25", "at_once": "4", **more}
        return me.submit(PAGE, fields, page=PAGE)

    return go


def words(element) -> str:
    return " ".join(element.get_text(" ").split())


def test_the_profile_leads_there(me, soup):
    assert soup(me.get("/profile")).select_one(f"a[href='{PAGE}']")
    assert me.get(PAGE).status_code == 200


def test_its_key_is_shown_once(me, save, web, soup):
    answer = save(web([401, 204]).url())
    assert answer.status_code == 200
    assert "whsec_" in answer.text
    page = me.get(PAGE)
    assert "whsec_" not in page.text
    assert "On" in words(soup(page).select_one("[aria-labelledby=stands-title]"))


def test_a_check_that_fails_says_at_what_and_keeps_what_was_typed(me, save, web, soup):
    url = web(204).url()
    answer = save(url)
    assert answer.status_code == 422
    page = soup(answer)
    assert page.select_one("[name=url]")["value"] == url
    assert page.select_one("[name=why]")
    assert page.select_one("[aria-labelledby=check-title]")


def test_saved_switched_off_it_is_switched_on_later(me, save, web, soup):
    assert save(web([401, 204]).url(), act="off").status_code == 200
    assert "Off" in words(soup(me.get(PAGE)).select_one("[aria-labelledby=stands-title]"))
    assert me.submit(f"{PAGE}/on", {}, page=PAGE).status_code == 303
    assert "On" in words(soup(me.get(PAGE)).select_one("[aria-labelledby=stands-title]"))


def test_removed_it_is_told_nothing_more(me, save, web, soup):
    save(web([401, 204]).url())
    assert me.get(f"{PAGE}/removal").status_code == 200
    assert me.submit(f"{PAGE}/removal", {}, page=f"{PAGE}/removal").status_code == 303
    assert soup(me.get(PAGE)).select_one("[aria-labelledby=stands-title]") is None


@pytest.mark.parametrize("path", [f"{PAGE}/checks", f"{PAGE}/removal"])
def test_whoever_has_none_gets_404(me, path):
    assert me.submit(path, {}, page=PAGE).status_code == 404
