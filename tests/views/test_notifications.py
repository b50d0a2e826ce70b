"""One notification on its own page: read there by a button, never by a GET; and safe whatever it says."""

import pytest

from webapp.domain.envelope import PermanentFailure
from webapp.domain.reason import Reason

HTMX = {"HX-Request": "true"}
EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](https://example.com/track.png)",
    '<https://example.com/"onmouseover=alert(1)>',
    '[x](https://example.com "onclick=alert(1)")',
    '<a href="https://example.com" onclick="alert(1)">x</a>',
    "<svg/onload=alert(1)>",
    "`</code><script>alert(1)</script>`",
]


@pytest.fixture
def emil(bare_world, browser_of):
    bare_world.channel()
    bare_world.provider()
    browser_of("edith")
    return browser_of("emil")


@pytest.fixture
def address(emil, bare_world, soup):
    def post(**message):
        bare_world.post(**message)
        button = soup(emil.get("/inbox")).select_one(".row-link")
        return button["formaction"].replace("/inbox/", "/notifications/").removesuffix("/reading")

    return post


def test_all_there_is_to_read(emil, address, clock, soup):
    page = soup(emil.get(address(subject="Lunch", body="At *noon*.", link="https://example.com/menu")))
    assert page.select_one(".reading-title").get_text() == "Lunch"
    assert page.select_one(".prose em").get_text() == "noon"
    assert page.select_one(".reading-from").get_text(" ", strip=True) == "ED Edith on team.news 2 Mar 2026, 09:00"
    assert page.select_one(".reading-from time")["datetime"] == clock.now().isoformat()
    assert page.select_one("a[href='https://example.com/menu']")["rel"] == ["noopener", "noreferrer"]
    assert "sent to you by name" in page.select_one(".why").get_text()


def test_a_get_offers_the_reading_and_writes_nothing(emil, address, soup, every_row):
    here = address()
    before = every_row()
    form = soup(emil.get(here)).select_one("article form")
    assert every_row() == before
    assert (form["method"], form["hx-trigger"], form["hx-post"]) == ("post", "load", form["action"])
    answer = emil.submit(form["action"], {}, page=here)
    assert (answer.status_code, answer.location) == (303, here)
    page = soup(emil.get(here))
    assert "Mark unread" in page.select_one("article form").get_text()
    assert "Read 09:00." in page.select_one(".why").get_text()


def test_read_by_itself_it_answers_the_article_again(emil, address, soup):
    here = address()
    page = soup(emil.get(here))
    words = {"csrf_token": page.select_one("input[name=csrf_token]")["value"]}
    answer = emil.post(page.select_one("article form")["hx-post"], data=words, headers=HTMX | {"HX-Target": "reading"})
    piece = soup(answer)
    assert piece.select_one("#reading form")["action"].endswith("/unread")
    assert "HX-Push-Url" not in answer.headers
    assert piece.select_one("[hx-swap-oob]")["hx-swap-oob"] == "innerHTML:[data-count='/inbox']"


def test_what_happened_by_e_mail(emil, address, bare_world, soup):
    here = address()
    assert "it is about to go out." in soup(emil.get(here)).select_one(".why").get_text()
    bare_world.dispatch()
    ways = soup(emil.get(here)).select(".by-medium li")
    assert [" ".join(way.get_text(" ", strip=True).split()) for way in ways] == [
        "In your inbox",
        "E-mail This was handed over for you by e-mail at 09:00. Why? How it went by e-mail",
    ]


def test_a_failure_shows_no_wiring(emil, address, bare_world, soup):
    here = address()
    bare_world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user at mail.example")
    bare_world.dispatch()
    text = soup(emil.get(here)).select_one(".why").get_text()
    assert "This could not be sent to you by e-mail. This one is in your inbox." in text
    assert "550" not in text


@pytest.mark.parametrize("body", EVIL)
def test_whatever_somebody_writes_stays_harmless(emil, address, soup, body):
    answer = emil.get(address(subject=body[:200], body=body))
    prose = soup(answer).select_one(".prose")
    assert not prose.select("script, img, svg, iframe, style, form, input")
    attributes = {name: value for tag in prose.find_all(True) for name, value in tag.attrs.items()}
    assert attributes.keys() <= {"href", "rel", "title"}
    assert attributes.get("href", "https:").startswith("https:")
    assert soup(answer).select_one(".reading-title").get_text() == body[:200]


def test_headings_stand_below_the_subject(emil, address, soup):
    page = soup(emil.get(address(body="# One\n\n###### Six")))
    assert len(page.select("h1")) == 1
    assert [heading.name for heading in page.select(".prose :is(h1, h2, h3, h4, h5, h6)")] == ["h3", "h4"]


def test_anothers_and_what_never_was_are_not_there(emil, address, browser_of):
    here = address()
    assert browser_of("edith").get(here).status_code == 404
    assert emil.get("/notifications/01JD8Z7K4M0000000000000000").status_code == 404


def test_it_costs_few_statements(emil, address, statements):
    here = address()
    with statements() as asked:
        emil.get(here)
    assert len(asked) <= 4


def test_the_text_is_there_as_it_was_written_too(emil, address, soup):
    here = address(body="At *noon*.\n\n<b>Soup</b>")
    formatted = soup(emil.get(here))
    assert formatted.select_one(".prose em").get_text() == "noon"
    [link] = [link for link in formatted.select("article a") if "as it was written" in link.get_text()]
    raw = soup(emil.get(link["href"]))
    assert raw.select_one("pre.written").get_text() == "At *noon*.\n\n<b>Soup</b>"
    assert raw.select(".prose") == []
    [back] = [link for link in raw.select("article a") if "formatted" in link.get_text()]
    assert back["href"] == here
