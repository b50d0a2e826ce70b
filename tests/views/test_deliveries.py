"""One delivery as a page: what is so, how it came to be, what comes next; as an operator and as its sender read it."""

import pytest

from webapp.domain.envelope import Accepted, Certainty, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason

HTMX = {"HX-Request": "true"}
REFUSED = TemporaryFailure(Reason.CONNECT_REFUSED, "connect mail.example:587: connection refused")
DROPPED = TemporaryFailure(
    Reason.TIMEOUT_AFTER_DATA, "no answer after the final dot", certainty=Certainty.MAY_HAVE_ARRIVED
)
GONE = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 5.1.1 no such user")


@pytest.fixture
def olaf(bare_world, browser_of):
    bare_world.channel()
    bare_world.provider(name="smtp-main")
    bare_world.far["smtp-main"] = bare_world.mail
    bare_world.person("emil", display_name="Emil Moreau")
    return browser_of("olaf", role="operator")


@pytest.fixture
def edith(olaf, browser_of):
    return browser_of("edith")


@pytest.fixture
def story(olaf, edith, bare_world, soup):
    """The page of the only delivery, as somebody reads it."""

    def look(who=olaf, query=""):
        answer = who.get(f"/deliveries/{bare_world.row.id}{query}")
        assert answer.status_code == 200, answer.text
        return soup(answer)

    return look


def words(part):
    return " ".join(part.get_text(" ", strip=True).split())


def stops(page):
    return [words(stop) for stop in page.select(".strip li")]


def tries(page):
    return [words(one) for one in page.select(".try")]


def post(world, **message):
    world.post(**message)
    world.clock.advance(2)


def test_waiting_then_handed_over(story, edith, bare_world):
    post(bare_world)
    page = story()
    assert words(page.select_one(".verdict")) == (
        "Waiting to send Emil Moreau has not got this by e-mail yet: it is due now. "
        "It goes out with the dispatcher's next run."
    )
    assert stops(page) == ["Posted 09:00", "Waiting to send since 09:00", "Handed over (not yet)"]
    assert tries(page)[-1] == "Try 1 · 09:00 next"
    bare_world.dispatch()
    page = story()
    assert words(page.select_one(".verdict")) == (
        "Handed over This was handed over for Emil Moreau by e-mail at 09:00, to smtp-main. "
        "Nothing more happens by itself; only the far side knows whether it reached Emil Moreau."
    )
    assert stops(page) == ["Posted 09:00 then, after 2 s", "Tried once 09:00", "Handed over 09:00"]
    assert tries(page) == ["Try 1 · 09:00:02 < 1 ms Taken by smtp-main"]
    assert not page.select(".pill.tone-brass")


def test_what_it_has_waited_for_stays_on_its_page(story, edith, bare_world):
    """An operator reads which rule of the recipient's it was, its sender that there was one."""
    bare_world.prefer("emil", digest="hourly")
    bare_world.clock.advance(600)
    post(bare_world)
    bare_world.dispatch()
    bare_world.clock.advance(3000)
    bare_world.dispatch()
    assert stops(story())[1] == "In a digest: waited 09:10 then, after 50 min"
    hers = story(edith)
    assert stops(hers)[1] == "Waited for a time that Emil Moreau chose 09:10 then, after 50 min"
    assert "digest" not in hers.main.get_text()


def test_a_failure_says_why_what_was_tried_and_what_comes_next(story, edith, bare_world):
    bare_world.mail.answer = REFUSED
    post(bare_world)
    bare_world.dispatch()
    bare_world.clock.advance(60)
    bare_world.retry()
    bare_world.clock.advance(120)
    page = story()
    assert words(page.select_one(".verdict p")) == (
        "Emil Moreau has not got this by e-mail yet: smtp-main refused the connection, or closed it. "
        "Try 3 of 4 is at 09:06 (in 3 min)."
    )
    assert stops(page) == [
        "Posted 09:00 then, after 2 s", "Tried twice 09:00 then, after 1 min", "Waiting for 09:06 since 09:01",
        "Handed over (not yet)",
    ]  # fmt: skip
    assert tries(page) == [
        "Try 4 · about 10:06 if the one before fails",
        "Try 3 · 09:06 next",
        "Try 2 · 09:01:02 < 1 ms asked: Connection refused",
        "Try 1 · 09:00:02 < 1 ms asked: Connection refused",
    ]
    assert words(page.select_one(".well")) == REFUSED.reply
    assert Reason.CONNECT_REFUSED.words.advice in words(page.select_one(".note"))
    assert REFUSED.reply not in words(page.select_one(".note"))


def test_any_try_can_be_opened(story, edith, bare_world):
    bare_world.mail.answer = [REFUSED, Accepted("250 queued as 7F3A")]
    post(bare_world)
    bare_world.dispatch()
    bare_world.clock.advance(60)
    bare_world.retry()
    newest = story()
    assert words(newest.select_one(".well")) == "250 queued as 7F3A"
    address = newest.select(".try")[1]["href"]
    older = story(query=address[address.index("?") :])
    assert words(older.select_one(".well")) == REFUSED.reply
    assert words(older.select_one(".try[aria-current]")).startswith("Try 1")
    assert "Had errors" in words(newest)
    assert story(query="?open=nonsense").select_one(".well").get_text() == "250 queued as 7F3A"


def test_a_possible_repeat_is_marked(story, edith, bare_world):
    bare_world.mail.answer = [DROPPED, Accepted()]
    post(bare_world)
    bare_world.dispatch()
    bare_world.clock.advance(60)
    bare_world.retry()
    second, first = tries(story())
    assert "possible repeat" in second
    assert "possible repeat" not in first
    assert "may have arrived" in first


def test_what_decided_it_with_its_facts(story, edith, bare_world):
    post(bare_world)
    assert "Nothing yet" in words(story().select_one("section:has(#decision-title)"))
    bare_world.dispatch()
    facts = words(story().select_one("#facts"))
    assert "Address emil@example.com" in facts
    assert "Active provider smtp-main" in facts
    assert "Account active yes" in facts


def test_its_sender_reads_the_same_in_their_own_words(story, edith, bare_world):
    bare_world.mail.answer = GONE
    post(bare_world)
    bare_world.dispatch()
    page = story(edith)
    assert words(page.select_one(".verdict p")) == (
        "This could not be sent to Emil Moreau by e-mail. It is in their inbox."
    )
    assert stops(page) == ["Posted 09:00 then, after 2 s", "Tried once 09:00", "Cannot be delivered 09:00"]
    assert tries(page) == ["Try 1 · 09:00:02 < 1 ms It did not get through"]
    for secret in ("550", "smtp-main", "emil@example.com", "asked", "Address refused", "optimizely"):
        assert secret not in page.main.get_text(), secret
    assert not page.select("main form, .well, #facts, #ledger")


def test_anothers_is_not_there(story, edith, bare_world, browser_of):
    browser_of("erin")
    bare_world.post(sender="erin")
    id = bare_world.row.id
    assert edith.get(f"/deliveries/{id}").status_code == 404
    assert edith.get(f"/deliveries/{id}?version=x", headers=HTMX).status_code == 404
    assert browser_of("erin").get(f"/deliveries/{id}").status_code == 200
    for nothing in ("0" * 26, "nonsense"):
        assert browser_of("ada", role="admin").get(f"/deliveries/{nothing}").status_code == 404


def test_it_is_asked_for_until_it_is_final(story, olaf, edith, bare_world, soup):
    post(bare_world)
    region = story().select_one("[data-live]")
    poll = f"{region['hx-get']}?version={region['data-version']}"
    assert olaf.get(poll, headers=HTMX).status_code == 204
    bare_world.dispatch()
    answer = olaf.get(poll, headers=HTMX)
    assert (answer.status_code, soup(answer).html) == (286, None)
    assert soup(answer).select_one("#story")
    assert not story().select("[data-live]")


def test_the_far_sides_words_are_text(story, edith, bare_world):
    bare_world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "<script>alert(1)</script>")
    post(bare_world)
    bare_world.dispatch()
    page = story()
    assert not page.select("main script")
    assert words(page.select_one(".well")) == "<script>alert(1)</script>"


def test_looking_writes_nothing(story, olaf, edith, bare_world, every_row):
    post(bare_world)
    bare_world.dispatch()
    before = every_row()
    story()
    story(edith)
    olaf.get(f"/deliveries/{bare_world.row.id}/sending-again")
    assert every_row() == before


def test_it_costs_eight_statements_at_most(story, edith, bare_world, statements):
    bare_world.mail.answer = REFUSED
    post(bare_world)
    bare_world.dispatch()
    with statements() as asked:
        story()
    assert len(asked) <= 8, "\n".join(asked)
