"""How providers fare, on their list and on their pages: the sum of it, pauses, and the last 24 hours."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from webapp.database import writing
from webapp.extensions import db
from webapp.models.provider import Provider, ProviderHealth, ProviderHour

SMTP = {"name": "main", "medium": "email", "host": "127.0.0.1", "port": "25", "security": "none", "auth": "plain"}
SMTP |= {"username": "belfry", "password": "hush", "sender": "belfry@example.com", "timeout": "25", "act": "activate"}


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin")


@pytest.fixture
def page(soup):
    return soup


@pytest.fixture
def verdict(ada, page):
    return lambda: page(ada.get("/providers")).select_one(".banner").get_text(" ", strip=True)


def test_the_first_line_sums_it_up(ada, app, clock, page, verdict):
    ada.submit("/providers/new/file", {"name": "box", "medium": "email", "sender": "a@example.com", "act": "activate"})
    assert verdict() == "box is active, and has not handed anything over yet."
    _fares(app, clock.now(), last_success_at=clock.now())
    assert verdict() == "Your active provider is proven."
    _fares(app, clock.now(), last_error_at=clock.advance(60), last_error="535 no")
    assert verdict() == "1 provider needs you."
    assert "535 no" in page(ada.get("/providers")).select_one("table").text
    _fares(app, clock.now(), paused_reason="AUTH", paused_until=clock.now() + timedelta(seconds=30))
    assert verdict() == "1 provider needs you."
    told = page(ada.get("/providers")).select_one("table").text
    assert "Paused" in told
    assert "Sign-in refused. Probe in 30 s." in told
    assert "What waits costs nothing." in " ".join(told.split())


def test_a_medium_that_nothing_sends_does_not_hide_one_that_is_paused(ada, app, clock, verdict):
    ada.submit("/providers/new/file", {"name": "box", "medium": "email", "sender": "a@example.com", "act": "activate"})
    told = {"title": "Pager", "description": "", "media": "sms"}
    ada.submit("/channels/new", {"name": "team.pager", **told})
    assert verdict() == "No active provider for SMS: it waits until there is one, and can be read in the inbox."
    _fares(app, clock.now(), paused_reason="AUTH", paused_until=clock.now() + timedelta(seconds=30))
    assert verdict().endswith("and can be read in the inbox. 1 provider needs you.")


def _fares(app, now, **told):
    with app.app_context(), writing(db.session) as session:
        session.query(ProviderHealth).update(told)


def test_one_in_trouble_says_so_on_its_page_and_leads_to_the_field(ada, app, clock, page):
    ada.submit("/providers/new/smtp", SMTP)
    until = clock.now() + timedelta(seconds=30)
    _fares(app, clock.now(), paused_reason="AUTH", paused_until=until, last_error="535 no", last_error_at=clock.now())
    trouble = page(ada.get("/providers/main")).select_one(".trouble")
    assert trouble.select_one(".well").text == "535 no"
    assert "535" not in trouble.select_one(".note").text
    assert trouble.select_one(".note a")["href"] == "#password"


def test_one_that_rests_says_who_sends_meanwhile(ada, app, clock, page):
    for name in ("main", "backup"):
        told = {"name": name, "medium": "email", "sender": "a@example.com", "act": "activate"}
        ada.submit("/providers/new/file", told)
    ada.submit("/providers/backup/activation", {"how": "fallback"})
    with app.app_context(), writing(db.session) as session:
        [main] = session.query(ProviderHealth).filter(ProviderHealth.provider.has(role="primary"))
        main.rests_until = clock.now() + timedelta(minutes=10)
    told = " ".join(page(ada.get("/providers")).select_one("table").text.split())
    assert "The far side wants to be left alone for 10 min more. backup sends meanwhile." in told


def test_the_last_24_hours_are_drawn_and_told_in_words(ada, app, clock, page):
    ada.submit("/providers/new/smtp", SMTP)
    assert "No tries" in page(ada.get("/providers")).select_one("td[data-label='Last 24 hours']").text
    _tried(app, clock.now(), accepted=3, failed=1)
    cell = page(ada.get("/providers")).select_one("td[data-label='Last 24 hours']")
    assert "75 % of 4 taken" in cell.text
    assert cell.svg["aria-label"] == "Last 24 hours, hour by hour: 3 tries taken, 1 failed by its own fault"
    assert [len(cell.select(f"rect.{kind}")) for kind in ("ok", "bad", "none")] == [1, 1, 23]


def _tried(app, at, **counts):
    with app.app_context(), writing(db.session) as session:
        hour = at.replace(minute=0, second=0, microsecond=0)
        session.add(ProviderHour(provider_id=session.scalar(select(Provider.id)), hour=hour, **counts))


def test_one_of_a_kind_that_is_gone_says_so_and_can_be_removed(ada, world, page):
    world.execute(update(Provider).values(kind="lunar"))
    shown = page(ada.get("/providers/email-main"))
    assert "not installed here" in shown.select_one(".banner").get_text()
    asked = ada.get(shown.select_one(".btn-outline-danger")["href"])
    assert asked.status_code == 200
