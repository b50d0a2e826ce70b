"""The address for what far sides say later: no account, but a signature."""

import pytest

from tests.support.listening import address, signature, text
from webapp.views.callbacks import LARGEST

UNKNOWN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def sent(texting):
    text(texting)
    texting.dispatch()
    return texting


@pytest.fixture
def say(client, sent):
    """What the far side sends; ``signed=False`` without its signature."""

    def post(status="delivered", *, id=None, query="", signed=True, **form):
        path = f"/callbacks/{id or sent.row.envelope_id}{query}"
        headers = {"X-Signed": signature(f"http://localhost{path}")} if signed else {}
        return client.post(path, data={"status": status, **form}, headers=headers)

    return post


def test_a_word_is_taken_in_as_often_as_it_comes(say, sent):
    for answer in (say(), say(), say()):
        assert (answer.status_code, answer.data) == (204, b"")
        assert "Set-Cookie" not in answer.headers
    assert sent.row.state == "delivered"


def test_the_query_is_part_of_the_address_that_is_signed(say):
    assert say(query="?account=a%20b&x").status_code == 204


@pytest.mark.parametrize(("more", "status"), [({"id": UNKNOWN}, 404), ({"id": "x"}, 404), ({"signed": False}, 403)])
def test_what_is_unknown_or_forged(say, sent, more, status):
    answer = say(**more)
    assert (answer.status_code, answer.data) == (status, b"")
    assert sent.row.state == "sent"


def test_it_cannot_be_looked_at(client, sent):
    answer = client.get(f"/callbacks/{sent.row.envelope_id}")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize(("size", "status"), [(LARGEST - 1000, 204), (LARGEST + 1, 413)])
def test_it_reads_so_much_and_no_more(say, size, status):
    assert say(filling="x" * size).status_code == status


def test_the_address_is_the_public_one(texting, client, settings, monkeypatch):
    text(texting)
    texting.dispatch()
    path = f"/callbacks/{texting.row.envelope_id}"
    url = f"http://localhost{path}"
    assert address(texting.row.envelope_id) == url
    given = {"data": {"status": "delivered"}, "headers": {"X-Signed": signature(url)}}
    assert client.post(path, base_url="http://127.0.0.1", **given).status_code == 403
    assert client.post(path, **given).status_code == 204


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("delivered", "Sam got this by SMS: dovecote confirmed it at 09:00."),
        ("undelivered", "it was handed over, but then dovecote refused the message itself, at 09:00."),
        ("sent", "This was handed over for Sam by SMS at 09:00, to dovecote."),
    ],
)
def test_the_page_of_the_delivery_tells_it(say, sent, browser_of, soup, status, verdict):
    say(status)
    page = soup(browser_of("olaf", role="operator").get(f"/deliveries/{sent.row.id}"))
    assert verdict in " ".join(page.select_one(".verdict").get_text(" ", strip=True).split())
    later = page.select_one("section[aria-labelledby=later-title]").get_text(" ", strip=True)
    assert status in later
    assert ("30003" in later and "no such loft" in later) == (status == "undelivered")


def test_a_sender_reads_nothing_of_the_far_side(texting, client, browser_of):
    eve = browser_of("eve")
    text(texting, sender="eve")
    texting.dispatch()
    path = f"/callbacks/{texting.row.envelope_id}"
    told = {"data": {"status": "undelivered"}, "headers": {"X-Signed": signature(f"http://localhost{path}")}}
    assert client.post(path, **told).status_code == 204
    page = eve.get(f"/deliveries/{texting.row.id}")
    assert (page.status_code, "no such loft" in page.text) == (200, False)
