"""From a post to a mailbox: posted by command, delivered by a server's dispatcher, read at the far side."""

from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

from tests.support.house import CHANNEL, SENDER, SENDER_NAME, House
from tests.support.mail import SmtpServer, SmtpSink
from tests.support.server import Belfry, Serve

SUBJECT = "Grüße aus Österreich: fünf Türme läuten 🔔🎉"
BODY = "Liebe Leute,\n\n**heute** läuten wir 🔔.\n\n.Ein Punkt am Anfang\n\n- eins\n- zwei"


def test_it_arrives_whole_and_once_at_aiosmtpd(
    house: House, serve: Serve, belfry: Belfry, smtp_server: SmtpServer
) -> None:
    _furnish(house, smtp_server.port)
    serve()
    posted = _post(belfry, "emil", "erin")
    assert (posted["recipients"], posted["deliveries"]) == (2, 2)
    smtp_server.wait_for(2)
    house.wait_until_all("sent")

    mails = {mail.recipients[0]: mail for mail in smtp_server.mails}
    assert len(smtp_server.mails) == 2
    assert set(mails) == {"emil@example.com", "erin@example.com"}
    for address, mail in mails.items():
        assert (mail.sender, mail.recipients) == (SENDER, [address])
        _assert_whole(mail.message, address)
    assert len({mail.message["Message-ID"] for mail in smtp_server.mails}) == 2


def test_it_arrives_whole_and_once_at_smtp_sink(
    house: House, serve: Serve, belfry: Belfry, smtp_sink: SmtpSink
) -> None:
    _furnish(house, smtp_sink.port)
    serve()
    _post(belfry, "emil")
    house.wait_until_all("sent")

    (mail,) = smtp_sink.mails()
    _assert_whole(mail, "emil@example.com")


def _furnish(house: House, port: int) -> None:
    house.move_in("edith", "emil", "erin")
    house.open_channel()
    house.send_by(port)


def _post(belfry: Belfry, *to: str) -> dict[str, int]:
    named = [word for name in to for word in ("--to", name)]
    return belfry("post", "--channel", CHANNEL, "--sender", "edith", *named, "--subject", SUBJECT, "--body", BODY)


def _assert_whole(mail: EmailMessage, address: str) -> None:
    assert getaddresses([mail["From"]]) == [(SENDER_NAME, SENDER)]
    assert getaddresses([mail["To"]]) == [("", address)]
    assert mail.get_all("Subject") == [SUBJECT]
    assert mail["Message-ID"].endswith("@example.com>")
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert ".Ein Punkt am Anfang" in text.get_content().splitlines()
    assert "läuten wir 🔔" in text.get_content()
    assert "<strong>heute</strong> läuten wir 🔔" in html.get_content()
