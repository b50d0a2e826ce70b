"""/providers/<name>/activation, …/deactivation, …/removal: what is asked, and what then happens."""

import pytest

from webapp.extensions import db
from webapp.runtime import runtime
from webapp.services.providers import life_cycle, provider_setup

pytestmark = pytest.mark.usefixtures("world")  # whose primary for e-mail is email-main
PAGES = ("activation", "deactivation", "removal")


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin")


@pytest.fixture
def backup(clock):
    """Another provider; ``backup("fallback")`` makes it one."""

    def add(role="inactive", name="backup"):
        told = {"by": "ada", "now": clock.now(), "vault": runtime().vault}
        provider_setup.add(kind="file", name=name, medium="email", raw={}, **told)
        if role == "fallback":
            life_cycle.add_fallback(name=name, **told)

    return add


@pytest.fixture
def cast():
    def look():
        db.session.rollback()
        return {view.name: view.role for view in provider_setup.listed(now=runtime().now(), vault=runtime().vault)}

    return look


def ways(page):
    return [str(choice["value"]) for choice in page.select("input[name=how]")]


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_they_are_for_administrators(browser_of, cast, role):
    olaf = browser_of("olaf", role=role)
    for path in PAGES:
        assert olaf.get(f"/providers/email-main/{path}").status_code == 403
    for path in (*PAGES, "place"):
        assert olaf.submit(f"/providers/email-main/{path}", {}, page="/profile").status_code == 403
    assert cast() == {"email-main": "primary"}


@pytest.mark.parametrize(
    ("how", "became"),
    [
        ("replace", {"backup": "primary", "email-main": "inactive"}),
        ("keep", {"backup": "primary", "email-main": "fallback"}),
        ("fallback", {"backup": "fallback", "email-main": "primary"}),
        (None, {"backup": "primary", "email-main": "inactive"}),
    ],
)
def test_activating_offers_what_becomes_of_the_primary(ada, backup, cast, soup, how, became):
    backup()
    asked = soup(ada.get("/providers/backup/activation"))
    assert ways(asked) == ["replace", "keep", "fallback"]
    assert asked.select_one("input[name=how][checked]")["value"] == "replace"
    answer = ada.submit("/providers/backup/activation", {"why": "moving hosts"} | ({"how": how} if how else {}))
    assert answer.location == "/providers"
    assert cast() == became
    assert "moving hosts" in ada.get("/providers/backup/history").text


def test_an_inactive_one_tells_on_the_list_who_made_it_so_and_why(ada, soup):
    ada.submit("/providers/email-main/deactivation", {"why": "moving hosts"})
    state = soup(ada.get("/providers")).select_one("td[data-label=State]").get_text(" ", strip=True)
    assert "Inactive by ada," in state
    assert state.endswith("moving hosts")


def test_a_fallback_can_become_primary_or_move_up(ada, backup, soup, cast):
    backup("fallback")
    backup("fallback", "further")
    assert ways(soup(ada.get("/providers/backup/activation"))) == ["replace", "keep"]
    assert soup(ada.get("/providers/further")).select_one("form[action='/providers/further/place']")
    assert soup(ada.get("/providers/backup")).select_one("form[action='/providers/backup/place']") is None
    assert ada.submit("/providers/further/place", {}, page="/providers/further").location == "/providers"
    assert list(cast()) == ["email-main", "further", "backup"]
    assert "further is fallback 1 now." in soup(ada.get("/providers")).select_one("#flashes").text


def test_deactivating_tells_what_waits_and_offers_what_to_do_with_it(ada, world, backup, soup):
    assert ways(soup(ada.get("/providers/email-main/deactivation"))) == ["hold"]
    world.post()
    backup("fallback")
    asked = soup(ada.get("/providers/email-main/deactivation"))
    assert ways(asked) == ["hold", "move", "cancel"]
    assert asked.select_one("input[name=how][checked]")["value"] == "hold"
    assert (
        asked.select_one(".behind").get_text(" ", strip=True).startswith("Waiting 1 Retrying 0 Being sent now 0 First")
    )
    assert "Move to backup" in asked.text


@pytest.mark.parametrize(
    ("how", "state", "said"),
    [
        ("hold", "held", "What is to go by e-mail waits."),
        ("move", "queued", "E-mail is sent by backup now."),
        ("cancel", "cancelled", "1 delivery is cancelled."),
    ],
)
@pytest.mark.parametrize("leaving", ["deactivation", "removal"])
def test_what_waits_fares_as_was_chosen(ada, world, backup, leaving, how, state, said, soup):
    world.post()
    backup("fallback")
    assert ada.submit(f"/providers/email-main/{leaving}", {"how": how}).location == "/providers"
    assert world.states() == [state]
    assert said in soup(ada.get("/providers")).select_one("#flashes").text


def test_a_fallback_leaves_without_a_choice(ada, backup, soup, cast):
    backup("fallback")
    assert ways(soup(ada.get("/providers/backup/deactivation"))) == []
    ada.submit("/providers/backup/deactivation", {})
    assert cast() == {"email-main": "primary", "backup": "inactive"}


def test_what_cannot_be_done_is_said_at_its_field_and_changes_nothing(ada, cast, soup):
    for leaving in ("deactivation", "removal"):
        answer = ada.submit(f"/providers/email-main/{leaving}", {"how": "move"})
        assert answer.status_code == 422
        assert "no fallback" in soup(answer).select_one("#how-error").text
        answer = ada.submit(f"/providers/email-main/{leaving}", {"why": "x" * 501})
        assert answer.status_code == 422
        assert soup(answer).select_one("#error-summary a[href='#why']")
    assert cast() == {"email-main": "primary"}


def test_who_is_late_is_told(ada, backup, soup):
    backup()
    assert ada.submit("/providers/email-main/activation", {}, page="/providers").status_code == 409
    assert ada.submit("/providers/backup/deactivation", {}, page="/providers").status_code == 409
    assert ada.submit("/providers/backup/place", {}, page="/providers").status_code == 409
    assert ada.get("/providers/email-main/activation").location == "/providers"
    assert ada.get("/providers/backup/deactivation").location == "/providers"


def test_removing_is_asked_about_first(ada, cast):
    assert "Remove email-main?" in ada.get("/providers/email-main/removal").text
    assert cast()
    ada.submit("/providers/email-main/removal", {})
    assert cast() == {}
    for path in ("", *(f"/{page}" for page in PAGES)):
        assert ada.get(f"/providers/email-main{path}").status_code == 404
