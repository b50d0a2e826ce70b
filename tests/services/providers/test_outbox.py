"""What a file provider would have sent, as a mailbox."""

import pytest

from webapp.domain.envelope import Envelope, Transcript
from webapp.domain.refusal import Missing
from webapp.models._ids import new_id
from webapp.providers.file import File
from webapp.runtime import runtime
from webapp.services.providers import outbox, provider_setup

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def surroundings():
    return runtime().surroundings


@pytest.fixture
def add(clock):
    def make(name="box", kind="file", medium="email", **raw):
        vault = runtime().vault
        provider_setup.add(kind=kind, name=name, medium=medium, raw=raw, by="ada", now=clock.now(), vault=vault)

    return make


@pytest.fixture
def write(clock, surroundings):
    def send(subject="Hi", medium="email", html="<p>There</p>"):
        clock.advance(1)
        letter = new_id(clock.now())
        to = "emil@example.com" if medium == "email" else "+4930901820"
        envelope = Envelope(letter, medium, to, "Emil", "Ada", "a.b", subject, "There", html, clock.now())
        provider = File("box", {"sender": "belfry@example.com", "sender_name": "Belfry"}, surroundings)
        provider.send(envelope, Transcript(clock.monotonic, clock.now()))
        return letter

    return send


def test_the_newest_message_stands_first(add, write, clock, surroundings):
    add()
    first, second = write("One"), write("Two")
    page = outbox.listed(name="box", surroundings=surroundings)
    assert [(letter.id, letter.subject) for letter in page.letters] == [(second, "Two"), (first, "One")]
    assert page.older is None
    assert page.letters[0].at == clock.now()


def test_one_message_has_text_html_and_headers(add, write, surroundings):
    add()
    letter = outbox.get(name="box", letter=write("Grüße 🔔"), surroundings=surroundings)
    assert (letter.subject, letter.to, letter.sender) == ("Grüße 🔔", "emil@example.com", "Belfry <belfry@example.com>")
    assert (letter.text.strip(), letter.html.strip()) == ("There", "<p>There</p>")
    assert "Message-ID" in dict(letter.headers)


def test_an_sms_has_no_html(add, write, surroundings):
    add(medium="sms")
    letter = outbox.get(name="box", letter=write(medium="sms"), surroundings=surroundings)
    assert (letter.html, letter.to, letter.text) == (None, "+4930901820", "There")


def test_pages_go_on_where_the_last_one_ended(add, write, surroundings):
    add()
    ids = [write(str(number)) for number in range(outbox.PAGE + 2)]
    page = outbox.listed(name="box", surroundings=surroundings)
    assert (len(page.letters), page.older) == (outbox.PAGE, ids[2])
    rest = outbox.listed(name="box", surroundings=surroundings, before=page.older)
    assert ([letter.id for letter in rest.letters], rest.older) == ([ids[1], ids[0]], None)


def test_what_is_not_there_is_missing(add, surroundings):
    add()
    add("smtp-main", "smtp", host="a", sender="a@example.com")
    assert outbox.listed(name="box", surroundings=surroundings).letters == []
    for name in ("no", "smtp-main", "../.."):
        with pytest.raises(Missing):
            outbox.listed(name=name, surroundings=surroundings)
    for letter in ("0" * 26, "../../secret_key", ""):
        with pytest.raises(Missing):
            outbox.get(name="box", letter=letter, surroundings=surroundings)


def test_only_a_file_provider_has_one():
    assert outbox.has_outbox(kind="file")
    assert not outbox.has_outbox(kind="smtp")
