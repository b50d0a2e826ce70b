"""/providers/<name>/test: a saved provider is tried out, and every step told; what went before is kept."""

import pytest

from tests.support.smtp import ScriptedServer
from webapp.runtime import runtime
from webapp.services.providers import provider_setup

SMTP = {"host": "127.0.0.1", "security": "none", "auth": "none", "sender": "belfry@example.com", "timeout": "25"}


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin")


@pytest.fixture
def main(app, clock):
    """An SMTP provider, and what its server shall answer."""
    servers = []

    def add(**script):
        servers.append(ScriptedServer(script))
        raw = SMTP | {"port": str(servers[-1].port)}
        told = {"by": "ada", "now": clock.now(), "vault": runtime().vault}
        provider_setup.add(kind="smtp", name="main", medium="email", raw=raw, **told)

    with app.app_context():
        yield add
    for server in servers:
        server.stop()


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, role):
    olaf = browser_of("olaf", role=role)
    assert olaf.get("/providers/main/test").status_code == 403
    assert olaf.submit("/providers/main/test", {"to": "a@example.com"}, page="/profile").status_code == 403


def test_every_step_is_told_and_the_test_is_kept(ada, main, soup):
    main()
    assert soup(ada.get("/providers/main/test")).select_one("[name=to]")["value"] == "ada@example.com"
    told = soup(ada.submit("/providers/main/test", {"to": "emil@example.com"}))
    steps = [row.th.get_text(strip=True) for row in told.select(".phases tbody tr")]
    assert steps[:2] == ["look-up", "connect"]
    assert told.select_one(".tests") is None  # the only one is the one that is told
    for path in ("/providers/main/test", "/providers/main"):
        kept = soup(ada.get(path)).select_one(".tests").get_text(" ", strip=True)
        assert "Handed over" in kept
        assert "by ada" in kept
        assert "e…@example.com" in kept
        assert "emil" not in kept


def test_the_advice_leads_to_the_field_on_the_page_of_the_settings(ada, main, soup):
    main(MAIL="550 not you")
    told = soup(ada.submit("/providers/main/test", {"to": "emil@example.com"}))
    assert told.select_one("a.culprit")["href"] == "/providers/main#sender"
    assert "550" not in told.select_one(".note").text


def test_a_bad_address_is_refused_and_nobody_is_missing(ada, main, soup):
    main()
    refused = ada.submit("/providers/main/test", {"to": ""})
    assert refused.status_code == 422
    assert soup(refused).select_one(".tabs [aria-current]").text == "Test"
    assert ada.get("/providers/no/test").status_code == 404
