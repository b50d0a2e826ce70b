"""/failed: what the tabs tell, what narrows them, what may be done to what, and when it is asked first."""

import pytest

from webapp.domain.envelope import Certainty, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason

REFUSED = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 5.1.1 No such user")
BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 come back later")
LOST = TemporaryFailure(
    Reason.TIMEOUT_AFTER_DATA, "The server closed the connection.", certainty=Certainty.MAY_HAVE_ARRIVED
)


@pytest.fixture
def olaf(world, browser_of):
    world.clock.advance(1)
    return browser_of("olaf", role="operator")


@pytest.fixture
def fail(world):
    """Post to somebody, and have the far side answer with this."""

    def post(answer, *to, **message):
        world.clock.advance(1)
        world.mail.answer = answer
        posted = world.post(*to, **message)
        world.dispatch()
        return [row.id for row in world.rows(message_id=posted.id)]

    return post


@pytest.fixture
def look(olaf, soup):
    return lambda path="/failed": soup(olaf.get(path))


def words(element) -> str:
    return " ".join(element.get_text(" ").split())


def tabs(page) -> list[str]:
    return [words(link) for link in page.select("nav[aria-label='What to show'] a")]


def shown(page) -> list[str]:
    return [words(row.select_one("th a")) for row in page.select("tbody tr")]


def act(olaf, **data):
    return olaf.submit("/failed", data, page="/profile")


def flash(olaf, soup) -> str:
    return words(soup(olaf.get("/failed")).select_one(".flash p"))


@pytest.mark.parametrize(("role", "status"), [("editor", 403), ("operator", 200), ("admin", 200)])
@pytest.mark.usefixtures("world")
def test_operators_and_administrators_may_see_it(browser_of, role, status):
    person = browser_of("somebody", role=role)
    assert person.get("/failed").status_code == status
    assert person.submit("/failed", {}, page="/profile").status_code == (403 if status == 403 else 303)


def test_each_stands_on_its_tab_with_its_count_and_why(look, fail, world):
    world.channel("team.pages", at_most_once=True)
    world.channel("team.texts", "sms")
    world.person("nora", phone="+4915112345678", phone_verified_at=world.clock.now())
    fail(REFUSED, subject="Refused")
    fail(BUSY, subject="Later")
    fail(LOST, subject="In doubt", channel="team.pages")
    fail(REFUSED, "nora", subject="Held", channel="team.texts")
    first = look()
    assert tabs(first) == ["Undeliverable 1", "Retrying 1", "Held 1", "Unknown 1"]
    assert words(first.select_one(".banner")) == (
        "1 cannot be delivered and 1 may have arrived or not. Every inbox has its copy."
    )
    told = words(first.select_one("tbody tr"))
    for part in (
        "Refused",
        "to Emil",
        "team.news",
        "E-mail by email-main",
        "Address refused",
        "550 5.1.1 No such user",
    ):
        assert part in told
    assert "RECIPIENT_REFUSED" not in told
    retrying = words(look("/failed?tab=retrying").select_one("tbody tr"))
    assert "Later" in retrying
    assert "1 of 4" in retrying
    held = words(look("/failed?tab=held").select_one("tbody tr"))
    for part in ("No active provider", "Activate a provider", "An administrator can."):
        assert part in held
    assert shown(look("/failed?tab=unknown")) == ["In doubt"]
    assert first.select_one("tbody th a")["href"].startswith("/deliveries/")


def test_held_says_since_when_and_leads_an_administrator_to_the_providers(browser_of, fail, world, soup):
    world.channel("team.texts", "sms")
    world.person("nora", phone="+4915112345678", phone_verified_at=world.clock.now())
    fail(REFUSED, "nora", channel="team.texts")
    held_at = world.ledger()[-1].at
    world.clock.advance(3600)
    row = soup(browser_of("ada", role="admin").get("/failed?tab=held")).select_one("tbody tr")
    assert row.select_one("td[data-label='Waiting since'] time")["datetime"] == held_at.isoformat()
    assert row.select_one("a[href='/providers']")


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("text=NO+SUCH", ["One"]),
        ("person=nor", ["Two"]),
        ("channel=team.news", ["One"]),
        ("reason=CONTENT_REFUSED", ["Two"]),
        ("provider=email-main", ["Two", "One"]),
        ("provider=another", []),
        ("medium=email", ["Two", "One"]),
        ("medium=sms", []),
        ("reason=nonsense", []),
        ("tab=nonsense", ["Two", "One"]),
    ],
)
def test_what_narrows_it(look, fail, world, query, subjects):
    world.person("nora")
    world.channel("team.rota")
    fail(REFUSED, subject="One")
    fail(PermanentFailure(Reason.CONTENT_REFUSED, "554 spam"), "nora", subject="Two", channel="team.rota")
    narrowed = look(f"/failed?{query}")
    assert shown(narrowed) == subjects
    assert tabs(narrowed)[0] == (f"Undeliverable {len(subjects)}" if subjects else "Undeliverable")


def test_the_reason_of_a_row_leads_to_the_others(look, fail):
    for subject in ("One", "Two"):
        fail(REFUSED, subject=subject)
    fail(PermanentFailure(Reason.CONTENT_REFUSED, "554 spam"), subject="Three")
    other = look().select("tbody tr")[-1].select_one("td[data-label=Why] a")
    assert words(other) == "1 other failed for this reason"
    assert shown(look(other["href"])) == ["Two", "One"]
    assert words(look().select_one(".reasons")).startswith("Address refused 2 deliveries since")
    narrowed = look("/failed?person=emil")
    assert len(shown(narrowed)) == 3
    assert not narrowed.select(".reasons, td[data-label=Why] a"), "They are of the whole tab."


def test_ticked_ones_go_out_again(olaf, fail, world, soup):
    first, second = fail(REFUSED) + fail(REFUSED)
    assert act(olaf, act="send-again", ids=first).location == "/failed?tab=undeliverable"
    assert [row.state for row in (*world.rows(id=first), *world.rows(id=second))] == ["queued", "undeliverable"]
    assert world.ledger(first)[-1].by == "olaf"
    assert flash(olaf, soup) == "1 goes out again."


def test_what_is_not_there_or_has_moved_on_is_told(olaf, fail, world, soup):
    [gone, there] = fail(REFUSED) + fail(REFUSED)
    act(olaf, act="send-again", ids=gone)
    world.mail.answer = type(world.mail)().answer
    world.dispatch()
    assert world.rows(id=gone)[0].state == "sent"
    soup(olaf.get("/failed"))  # the message of the first one is read
    act(olaf, act="send-again", ids=[gone, there, "0" * 26])
    assert world.rows(id=gone)[0].state == "sent"  # what has gone out since is not sent twice
    assert flash(olaf, soup) == (
        "1 goes out again. 1 was left: It has changed since you saw it: look at it again. "
        "1 was left: There is no such delivery."
    )


def test_all_that_match_are_asked_about_and_what_comes_later_is_not_swept_in(olaf, fail, world, soup):
    old = fail(REFUSED) + fail(REFUSED)
    as_of = soup(olaf.get("/failed")).select_one("input[name=as_of]")["value"]
    late = fail(REFUSED)
    asked = soup(act(olaf, all="send-again", as_of=as_of))
    assert asked.select_one("h1").text == "Send 2 again?"
    assert {row.state for row in world.rows()} == {"undeliverable"}
    form = {field["name"]: field["value"] for field in asked.select("main input") if field["name"] != "csrf_token"}
    assert form["as_of"] == as_of
    assert "ids" not in form
    act(olaf, **form)
    assert [world.rows(id=id)[0].state for id in (*old, *late)] == ["queued", "queued", "undeliverable"]


def test_all_are_only_those_that_the_filter_shows(olaf, fail, world, soup):
    world.channel("team.rota")
    [news], [rota] = fail(REFUSED), fail(REFUSED, channel="team.rota")
    button = soup(olaf.get("/failed?channel=team.rota")).select_one("button[name=all]")
    assert button.text == "Send 1 again"
    act(olaf, all="send-again", channel="team.rota", sure="1")
    assert [world.rows(id=id)[0].state for id in (news, rota)] == ["undeliverable", "queued"]


def test_what_may_have_arrived_is_asked_about_first(olaf, fail, world, soup):
    world.channel("team.pages", at_most_once=True)
    [id] = fail(LOST, channel="team.pages", subject="Door code")
    asked = soup(act(olaf, tab="unknown", act="send-again", ids=id))
    assert "They may have arrived" in asked.main.text
    assert "“Door code” to Emil" in asked.main.text
    assert world.row.state == "unknown"
    form = {field["name"]: field["value"] for field in asked.select("main input") if field["name"] != "csrf_token"}
    act(olaf, **form)
    assert world.row.state == "queued"


@pytest.mark.parametrize(
    ("answer", "tab", "verb", "state"),
    [
        (LOST, "unknown", "arrived", "delivered"),
        (BUSY, "retrying", "retry-now", "retrying"),
        (BUSY, "retrying", "cancel", "cancelled"),
    ],
)
def test_the_other_verbs(olaf, fail, world, answer, tab, verb, state):
    world.channel("team.pages", at_most_once=True)
    [id] = fail(answer, channel="team.pages")
    act(olaf, tab=tab, act=verb, ids=id)
    assert world.row.state == state
    assert verb != "retry-now" or world.row.due_at == world.clock.now()


def test_much_is_asked_about(olaf, fail, world, soup):
    ids = fail(REFUSED, *world.crowd(51))
    assert soup(act(olaf, act="send-again", ids=ids)).select_one("h1").text == "Send 51 again?"
    assert set(world.states()) == {"undeliverable"}
    act(olaf, act="send-again", ids=ids[:50])
    assert world.states().count("queued") == 50


@pytest.mark.parametrize("data", [{}, {"act": "send-again"}, {"act": "explode", "ids": "x"}, {"all": "send-again"}])
def test_nothing_to_do_is_said(olaf, world, soup, data):
    assert act(olaf, **data).status_code == 303
    assert flash(olaf, soup)
    assert world.rows() == []


def test_a_verb_that_the_tab_does_not_have_changes_nothing(olaf, fail, world, soup):
    [id] = fail(REFUSED)
    act(olaf, act="cancel", ids=id)
    assert world.row.state == "undeliverable"
    assert flash(olaf, soup) == "1 was left: It has been given up already."


def test_an_empty_queue_is_good_news_with_proof(look, fail, world):
    assert "Nothing was sent yet. The resender has not run yet." in look().main.text
    fail(type(world.mail)().answer)
    told = words(look("/failed?tab=held").select_one(".empty"))
    assert "Nothing is held" in told
    assert "Last handed over:" in told
    assert words(look().select_one(".banner")) == "Nothing needs you."
    assert "Nothing here matches that" in look("/failed?text=x").main.text


def test_the_menu_counts_for_operators(browser_of, look, fail):
    fail(REFUSED)
    fail(BUSY)
    assert words(look().select_one(".sidebar a[href='/failed']")) == "Needs a person 1"
    assert 'href="/failed"' not in browser_of("eve").get("/profile").text


def test_unchanged_is_204_and_a_change_comes_with_the_menus_count(olaf, fail, soup):
    fail(REFUSED)
    piece = {"HX-Request": "true"}
    version = soup(olaf.get("/failed")).select_one("#failed-list")["data-version"]
    assert olaf.get(f"/failed?version={version}", headers=piece).status_code == 204
    fail(REFUSED)
    answer = olaf.get(f"/failed?version={version}", headers=piece)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert soup(answer).select_one("[hx-swap-oob*='/failed']").text == "2"


def test_looking_changes_nothing(olaf, fail, every_row):
    fail(REFUSED)
    olaf.get("/failed")
    before = every_row()
    for tab in ("undeliverable", "retrying", "held", "unknown"):
        assert olaf.get(f"/failed?tab={tab}").status_code == 200
    assert every_row() == before


@pytest.mark.parametrize("tab", ["undeliverable", "retrying", "held", "unknown"])
def test_a_page_costs_eight_statements_at_most(olaf, fail, world, statements, tab):
    world.channel("team.texts", "sms")
    world.channel("team.pages", at_most_once=True)
    names = world.crowd(60)
    fail(REFUSED if tab == "undeliverable" else BUSY, *names)
    fail(LOST, *names, channel="team.pages")
    fail(BUSY, "olaf", channel="team.texts")
    for query in ("", "&person=p&text=5&channel=team.news"):
        with statements() as asked:
            olaf.get(f"/failed?tab={tab}{query}")
        assert len(asked) <= 8, "\n".join(asked)
