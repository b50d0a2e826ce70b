"""Sent as a page: what became of each message, kept fresh until nothing more will happen."""

from datetime import timedelta

import pytest

from webapp.domain.envelope import Accepted, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason

HTMX = {"HX-Request": "true"}


@pytest.fixture
def edith(bare_world, browser_of):
    bare_world.channel()
    bare_world.provider(name="smtp-main")
    bare_world.far["smtp-main"] = bare_world.mail
    browser_of("emil", display_name="Emil Moreau")
    return browser_of("edith")


@pytest.fixture
def post(edith, bare_world):
    def send(*to, **message):
        bare_world.clock.advance(1)
        return bare_world.post(*to, **message)

    return send


def words(part):
    return " ".join(part.get_text(" ", strip=True).split())


def test_nothing_yet(edith, soup):
    page = soup(edith.get("/sent"))
    assert page.select_one(".empty h2").get_text() == "You have not sent anything yet"
    assert page.select_one(".empty a")["href"] == "/compose"


def test_waiting_until_the_dispatcher_runs_then_handed_over(edith, post, bare_world, soup):
    posted = post()
    for address in ("/sent", f"/sent/{posted.id}"):
        [row] = soup(edith.get(address)).select(".recipients li")
        assert words(row).endswith("In the inbox Waiting to send")
    bare_world.dispatch()
    [row] = soup(edith.get("/sent")).select(".recipients li")
    assert words(row) == "EM Emil Moreau In the inbox Handed over"
    [row] = soup(edith.get(f"/sent/{posted.id}")).select(".recipients li")
    assert words(row) == (
        "EM Emil Moreau This was handed over for Emil Moreau by e-mail at 09:00. In the inbox Handed over"
    )
    assert "elivered" not in soup(edith.get(f"/sent/{posted.id}")).main.get_text()


@pytest.mark.parametrize("address", ["/sent", "/sent/{id}"])
def test_it_is_asked_for_until_all_is_final(edith, post, bare_world, soup, address):
    address = address.format(id=post().id)
    region = soup(edith.get(address)).select_one("[data-live]")
    poll = f"{region['hx-get']}?version={region['data-version']}"
    assert edith.get(poll, headers=HTMX).status_code == 204
    bare_world.dispatch()
    answer = edith.get(poll, headers=HTMX)
    piece = soup(answer)
    assert (answer.status_code, piece.html) == (286, None)
    assert piece.select_one(f"#{region['id']}")
    assert not piece.select("[data-live]")
    page = edith.get(address)
    assert page.status_code == 200
    assert not soup(page).select("[data-live]")


def test_a_retry_is_asked_for_again(edith, post, bare_world, soup):
    posted = post()
    bare_world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "421 busy at mail.example")
    bare_world.dispatch()
    page = soup(edith.get(f"/sent/{posted.id}"))
    assert page.select("[data-live]")
    assert "the next try is at 09:01" in words(page.select_one(".recipients li"))
    assert "421" not in page.get_text()


def test_what_failed_is_said_in_the_senders_words(edith, post, bare_world, soup):
    posted = post()
    bare_world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user")
    bare_world.dispatch()
    page = soup(edith.get(f"/sent/{posted.id}"))
    assert "This could not be sent to Emil Moreau by e-mail." in page.get_text()
    assert "550" not in page.get_text()


def test_what_is_scheduled_says_when(edith, post, clock, soup):
    posted = post(at=clock.now() + timedelta(days=1))
    page = soup(edith.get(f"/sent/{posted.id}"))
    assert "It appears in the inbox at its time: 3 Mar 2026, 09:00." in page.get_text()
    assert "Not visible yet" in words(page.select_one(".recipients li"))
    assert "appears 3 Mar 2026, 09:00" in words(soup(edith.get("/sent")).select_one(".sent"))


def test_what_has_not_left_is_cancelled_once_that_is_confirmed(edith, post, bare_world, soup):
    bare_world.person("nora", email=None)
    posted = post("emil", "edith", "nora", at=bare_world.clock.now() + timedelta(hours=1))
    [asks] = soup(edith.get(f"/sent/{posted.id}")).select("a[href$=cancellation]")
    page = soup(edith.get(asks["href"]))
    assert "3 deliveries of “Lunch” wait, and will not be sent." in words(page.main)
    assert "It appears in the inbox at its time all the same." in words(page.main)
    assert bare_world.states() == ["queued"] * 3
    answer = edith.submit(asks["href"], {}, follow_redirects=True)
    assert "3 deliveries are cancelled." in words(soup(answer).select_one("#flashes"))
    assert (soup(answer).select("a[href$=cancellation]"), bare_world.states()) == ([], ["cancelled"] * 3)


def test_what_has_left_is_not_called_back(edith, post, bare_world, soup):
    bare_world.far["smtp-main"].answer = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
    posted = post()
    bare_world.dispatch()
    asks = f"/sent/{posted.id}/cancellation"
    page = soup(edith.get(asks))
    assert "1 delivery of “Lunch” waits, and will not be sent." in words(page.main)
    assert "Everybody keeps it in their inbox." in words(page.main)
    bare_world.far["smtp-main"].answer = Accepted()
    bare_world.clock.advance(60)
    bare_world.retry()
    for answer in (edith.get(asks, follow_redirects=True), edith.submit(asks, {}, page="/sent", follow_redirects=True)):
        assert "Nothing is left to cancel." in words(soup(answer).select_one("#flashes"))
    assert bare_world.states() == ["sent"]


def test_many_are_counted_each_count_leading_to_its_people(edith, post, bare_world, soup):
    bare_world.person("nora", email=None)
    post("nora", *bare_world.crowd(60))
    bare_world.dispatch()
    card = soup(edith.get("/sent")).select_one(".sent")
    counts = {words(link): link["href"] for link in card.select(".outcome a")}
    assert counts.keys() == {"60 handed over", "1 not sent"}
    assert "to 61 people" in words(card)
    [row] = soup(edith.get(counts["1 not sent"])).select(".recipients li")
    assert "Nora has no address for e-mail." in words(row)
    first = soup(edith.get(counts["60 handed over"]))
    second = soup(edith.get(first.select_one("a[rel=next]")["href"]))
    assert (len(first.select(".recipients li")), len(second.select(".recipients li"))) == (50, 10)


def test_pages_by_cursor(edith, post, soup):
    for number in range(30):
        post(subject=f"No. {number}")
    first = soup(edith.get("/sent"))
    second = soup(edith.get(first.select_one("a[rel=next]")["href"]))
    assert [link.get_text() for link in second.select("h2 a")] == [f"No. {number}" for number in reversed(range(5))]
    assert edith.get("/sent?after=nonsense").status_code == 404


def test_each_thing_on_the_list_has_an_id_of_its_own(edith, post, soup):
    post()
    post()
    ids = [part["id"] for part in soup(edith.get("/sent")).select("[id]")]
    assert len(ids) == len(set(ids))


def test_only_ones_own(edith, post, bare_world, browser_of, every_row):
    posted = post("edith", sender="emil")
    before = every_row()
    assert edith.get(f"/sent/{posted.id}").status_code == 404
    assert edith.get(f"/sent/{posted.id}?version=x", headers=HTMX).status_code == 404
    assert edith.get(f"/sent/{posted.id}/cancellation").status_code == 404
    assert edith.submit(f"/sent/{posted.id}/cancellation", {}, page="/compose").status_code == 404
    assert edith.get("/sent/nonsense").status_code == 404
    assert browser_of("emil").get(f"/sent/{posted.id}").status_code == 200
    ada = browser_of("ada", role="admin")
    assert ada.get(f"/sent/{posted.id}").status_code == 404
    assert {
        name: rows for name, rows in every_row().items() if name in {"message", "delivery", "user_notification"}
    } == {name: rows for name, rows in before.items() if name in {"message", "delivery", "user_notification"}}


def test_what_people_write_is_text(edith, post, soup):
    evil = "<script>alert(1)</script>"
    posted = post(subject=evil, body=evil)
    for address in ("/sent", f"/sent/{posted.id}"):
        answer = edith.get(address)
        assert "<script>alert" not in answer.text
        assert evil in soup(answer).get_text()


def test_looking_writes_nothing(edith, post, every_row):
    posted = post()
    before = every_row()
    for address in (
        "/sent",
        f"/sent/{posted.id}",
        f"/sent/{posted.id}?state=queued",
        f"/sent/{posted.id}?state=x&after=a",
    ):
        assert edith.get(address).status_code == 200
        edith.get(address, headers=HTMX)
    assert every_row() == before


def test_fifty_rows_cost_eight_statements_at_most(edith, post, bare_world, statements):
    names = bare_world.crowd(50)
    for number in range(50):
        post(*names[: number % 4 + 1])
    posted = post(*names)
    for address in ("/sent", f"/sent/{posted.id}", f"/sent/{posted.id}?state=queued"):
        with statements() as asked:
            edith.get(address)
        assert len(asked) <= 8, f"{address}: {len(asked)}"
