"""Reading back what the harmless provider wrote."""

import pytest

from webapp.domain.field import parse_fields
from webapp.providers import kinds
from webapp.providers.file import Mail, read, sent


@pytest.fixture
def provider(surroundings):
    kind = kinds()["file"]
    return kind("Demo", parse_fields(kind.fields, {}), surroundings)


def test_a_mail_reads_as_it_was_meant(provider, envelope, transcript, tmp_path):
    mail = envelope(subject="Grüße 🔔", text=".\nünd\n", html="<p>ü</p>\n")
    provider.send(mail, transcript)
    found = read(tmp_path, "Demo", mail.id)
    assert (found.medium, found.text, found.html) == ("email", mail.text, mail.html)
    assert [found.header(name) for name in ("subject", "FROM", "To", "X-None")] == [
        "Grüße 🔔",
        "Belfry <belfry@example.com>",
        "emil@example.com",
        "",
    ]


def test_a_mail_without_html_has_none(provider, envelope, transcript, tmp_path):
    mail = envelope(html=None)
    provider.send(mail, transcript)
    assert read(tmp_path, "Demo", mail.id).html is None


def test_a_text_message_reads_as_it_was_meant(provider, envelope, transcript, tmp_path):
    message = envelope(medium="sms", address="+4915112345678", text="Mittag")
    provider.send(message, transcript)
    assert read(tmp_path, "Demo", message.id) == Mail(
        message.id,
        "sms",
        (
            ("From", "belfry@example.com"),
            ("To", "+4915112345678"),
            ("Date", "2026-03-01T12:30:00+00:00"),
            ("Subject", "Lunch"),
        ),
        "Mittag",
        None,
    )


def test_the_newest_come_first_page_by_page(provider, envelope, transcript, tmp_path):
    mails = [envelope(medium=("email", "sms")[n % 2]) for n in range(5)]
    for mail in mails:
        provider.send(mail, transcript)
    newest_first = [mail.id for mail in reversed(mails)]
    page = sent(tmp_path, "Demo", 3)
    assert [mail.id for mail in page] == newest_first[:3]
    assert [mail.id for mail in sent(tmp_path, "Demo", 3, before=page[-1].id)] == newest_first[3:]


def test_where_nothing_was_sent_there_is_nothing(tmp_path):
    assert sent(tmp_path, "Demo", 10) == []
    assert read(tmp_path, "Demo", "01ARZ3NDEKTSV4RRFFQ69G5FAV") is None


def test_half_written_and_foreign_files_are_no_mail(provider, envelope, transcript, tmp_path):
    provider.send(envelope(), transcript)
    for name in (".tmpabc", "notes.eml", "01ARZ3NDEKTSV4RRFFQ69G5FAV.txt", "01ARZ3NDEKTSV4RRFFQ69G5FAV.eml.bak"):
        (tmp_path / "outbox" / "Demo" / name).write_text("x")
    assert len(sent(tmp_path, "Demo", 10)) == 1


@pytest.mark.parametrize("bad", ["", "..", "../../secret", "%2E%2E/x", "01ARZ3NDEKTSV4RRFFQ69G5FAV/../x", "\0"])
def test_no_id_leads_out_of_the_folder(provider, envelope, transcript, tmp_path, bad):
    (tmp_path / "secret.eml").write_text("Subject: secret\n\n")
    provider.send(envelope(), transcript)
    assert read(tmp_path, "Demo", bad) is None
