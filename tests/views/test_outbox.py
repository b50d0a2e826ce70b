"""/providers/<name>/outbox: the mailbox, and the island on which a message's HTML is shown."""

import pytest
from bs4 import BeautifulSoup

from webapp.domain.envelope import Envelope, Transcript
from webapp.models._ids import new_id
from webapp.providers.file import File
from webapp.runtime import runtime
from webapp.services.providers import provider_setup

EVIL = "<p>Hi</p><script>alert(1)</script><img src='https://evil.example/x.png'>"


@pytest.fixture
def letter(app, clock):
    with app.app_context():
        here = runtime()
        provider_setup.add(kind="file", name="box", medium="email", raw={}, by="ada", now=clock.now(), vault=here.vault)
        made = new_id(clock.now())
        envelope = Envelope(made, "email", "emil@example.com", "Emil", "Ada", "a.b", "Grüße", "Text", EVIL, clock.now())
        provider = File("box", {"sender": "belfry@example.com", "sender_name": "Belfry"}, here.surroundings)
        provider.send(envelope, Transcript(clock.monotonic, clock.now()))
    return made


def page(answer):
    return BeautifulSoup(answer.text, "html.parser")


def policy(answer) -> str:
    return answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("role", "status"), [("editor", 403), ("operator", 200), ("admin", 200)])
def test_operators_and_administrators_may_see_it(browser_of, letter, role, status):
    person = browser_of("somebody", role=role)
    for path in ("", f"/{letter}", f"/{letter}/html"):
        assert person.get(f"/providers/box/outbox{path}").status_code == status


def test_messages_are_listed_and_read_in_three_faces(browser_of, letter):
    olaf = browser_of("olaf", role="operator")
    listed = page(olaf.get("/providers/box/outbox"))
    assert listed.select_one(".mail-row a").text == "Grüße"
    assert "Text" in page(olaf.get(f"/providers/box/outbox/{letter}")).select_one(".mail-text").text
    headers = page(olaf.get(f"/providers/box/outbox/{letter}?as=headers")).select(".reading dt")
    assert "Message-ID" in [header.text for header in headers]
    frame = page(olaf.get(f"/providers/box/outbox/{letter}?as=html")).iframe
    assert (frame["sandbox"], frame["src"]) == ([], f"/providers/box/outbox/{letter}/html")


def test_the_html_is_an_island_that_can_do_nothing(browser_of, letter):
    answer = browser_of("olaf", role="operator").get(f"/providers/box/outbox/{letter}/html")
    assert "<script>" in answer.text  # as it was written; what it may do is the policy's to say
    directives = {part.split()[0]: part.split()[1:] for part in policy(answer).split("; ")}
    assert directives == {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "frame-ancestors": ["'self'"],
        "sandbox": [],
    }
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_only_the_page_of_a_message_may_frame(browser_of, letter):
    olaf = browser_of("olaf", role="operator")
    assert policy(olaf.get(f"/providers/box/outbox/{letter}")).endswith("; frame-src 'self'")
    for path in ("/providers/box/outbox", "/inbox"):
        assert "frame-src" not in policy(olaf.get(path))


def test_what_is_not_there_is_404(browser_of, letter):
    olaf = browser_of("olaf", role="operator")
    for path in ("no/outbox", "box/outbox/" + "0" * 26, "box/outbox/..%2f..%2fsecret_key/html", "no/outbox/x/html"):
        assert olaf.get(f"/providers/{path}").status_code == 404


@pytest.mark.parametrize(("role", "ways"), [("operator", []), ("admin", ["/providers", "/providers/box"])])
@pytest.mark.usefixtures("letter")
def test_the_way_back_to_the_provider_is_for_those_who_may_go_it(browser_of, role, ways):
    shown = page(browser_of("somebody", role=role).get("/providers/box/outbox"))
    assert [crumb["href"] for crumb in shown.select("a.crumb")] == ways


def test_an_empty_mailbox_says_what_will_come(browser_of, app, clock):
    with app.app_context():
        provider_setup.add(
            kind="file", name="box", medium="email", raw={}, by="ada", now=clock.now(), vault=runtime().vault
        )
    assert "Nothing yet" in browser_of("olaf", role="operator").get("/providers/box/outbox").text


def test_its_kind_tells_of_the_addresses_that_fail(browser_of, letter):
    olaf = browser_of("olaf", role="operator")
    listed = page(olaf.get("/providers/box/outbox"))
    assert "bounce@example.com" in listed.select_one(".pane-empty .guide").text
    assert page(olaf.get(f"/providers/box/outbox/{letter}")).select_one(".guide") is None
