"""/providers/<name>/history: who changed what, when and why."""

import pytest

from webapp.runtime import runtime
from webapp.services.providers import history, life_cycle, provider_setup

SMTP = {"host": "mail.example.com", "auth": "plain", "username": "belfry", "sender": "belfry@example.com"}


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin")


@pytest.fixture
def told(app, clock):
    """A provider that somebody changed."""
    with app.app_context():
        told = {"by": "max", "now": clock.now(), "vault": runtime().vault}
        provider_setup.add(kind="smtp", name="main", medium="email", raw=SMTP | {"password": "hush-hush"}, **told)
        raw = SMTP | {"password": "another-one", "port": "465", "security": "tls"}
        provider_setup.edit(name="main", version=1, raw=raw, **told)
        yield told


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, role):
    assert browser_of("olaf", role=role).get("/providers/main/history").status_code == 403


def test_the_newest_comes_first_with_a_diff_that_holds_no_secret(ada, told, soup):
    life_cycle.activate(name="main", why="at last", **told)
    answer = ada.get("/providers/main/history")
    heads = [head.text for head in soup(answer).select(".history strong")]
    assert heads == ["Made primary", "Settings changed", "Added"]
    rows = soup(answer).select(".diff tbody tr")
    assert [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in rows] == [
        ["Port", "587", "465"],
        ["Security", "STARTTLS", "TLS from the first byte"],
        ["Password", "replaced"],
    ]
    assert "at last" in answer.text
    assert "hush-hush" not in answer.text
    assert "another-one" not in answer.text


@pytest.mark.parametrize(
    ("then", "head"),
    [("hold", "Made inactive"), ("cancel", "Made inactive, what waited was cancelled")],
)
def test_it_says_what_became_of_what_waited(ada, told, soup, then, head):
    life_cycle.activate(name="main", **told)
    life_cycle.deactivate(name="main", then=then, by="max", now=told["now"])
    assert soup(ada.get("/providers/main/history")).select_one(".history strong").text == head


def test_another_one_that_took_its_place_is_named_on_both_sides(ada, told, soup):
    life_cycle.activate(name="main", **told)
    provider_setup.add(kind="file", name="box", medium="email", raw={}, activate=True, **told)
    heads = [soup(ada.get(f"/providers/{name}/history")).select_one(".history strong").text for name in ("box", "main")]
    assert heads == ["Made primary, instead of main", "Made inactive, since box is primary now"]


def test_it_comes_in_pages(ada, told, soup, monkeypatch):
    monkeypatch.setattr(history, "PAGE", 1)
    older = soup(ada.get("/providers/main/history")).select_one("a[rel=next]")["href"]
    assert [head.text for head in soup(ada.get(older)).select(".history strong")] == ["Added"]
    assert ada.get("/providers/main/history?before=nonsense").status_code == 200


def test_what_is_not_there_is_missing(ada):
    assert ada.get("/providers/nobody/history").status_code == 404
