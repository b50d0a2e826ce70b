"""The mail's bytes: what was meant is what the standard library's parser reads, whatever the characters."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.providers.conftest import AT
from webapp.domain.envelope import ConfigurationFailure, Envelope, PermanentFailure
from webapp.domain.reason import Reason
from webapp.providers._mime import build, encoded, international, mailbox, message_id

OUT = "https://belfry.example.com/unsubscribe/WyJlbWlsIl0.dHd39I2"
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=200)
NASTY = "\0\r.\r\n..\n\x85\u2028\x0b=?utf-8?q?x?=\nFrom me\n--=_belfry--\r\n" + "ü🔔👩‍👩‍👧" * 300 + "x" * 5000


def a_mail(**different) -> Envelope:
    usual = {
        "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "medium": "email", "address": "emil@example.com", "recipient": "emil",
        "sender": "edith", "channel": "team.news", "subject": "Lunch", "text": "At noon.\n", "html": None,
        "created_at": AT,
    }  # fmt: skip
    return Envelope(**{**usual, **different})


def written(envelope, **options):
    raw = build(envelope, **{"sender": "belfry@example.com", **options})
    return raw, message_from_bytes(raw, policy=policy.default)


def lines_of(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(ANY_TEXT, st.none() | ANY_TEXT)
@example(NASTY, NASTY)
@example(NASTY, None)
@example("", "")
@example("x" * 500, "y" * 500)
@settings(max_examples=150, deadline=None)
def test_text_and_html_arrive_equal(text, html):
    raw, parsed = written(a_mail(text=text, html=html))
    assert lines_of(parsed.get_body(("plain",)).get_content()) == lines_of(text)
    if html is not None:
        assert lines_of(parsed.get_body(("html",)).get_content()) == lines_of(html)
    assert_wire_is_clean(raw)
    assert not parsed.defects


@given(ANY_TEXT, st.none() | ANY_TEXT, st.sampled_from(["", "</body>", "</BODY></html>\n", "</body></body>"]))
@example(NASTY, NASTY, "</body>")
@example("ü" * 57, "İ" * 57, "</body>")
@example("x", None, "")
@example("x" * 500, "y" * 500, "")
@settings(max_examples=150, deadline=None)
def test_everybody_reads_their_own_way_out_at_the_end_and_nothing_else_differs(text, html, end):
    page = None if html is None else html + end
    raw, parsed = written(a_mail(text=text, html=page, unsubscribe=OUT))
    shown = lines_of(parsed.get_body(("plain",)).get_content())
    assert shown.endswith(f"\nStop these e-mails: {OUT}\n") or shown == f"Stop these e-mails: {OUT}\n"
    assert shown.removesuffix(f"Stop these e-mails: {OUT}\n").removesuffix("\n") == lines_of(text).removesuffix("\n")
    if page is not None:
        shown = lines_of(parsed.get_body(("html",)).get_content())
        before, _, link = shown.rpartition("<p style=")
        link, _, after = link.partition("</p>\n")
        assert f'href="{OUT}"' in link
        assert lines_of(page) in (before + after, before.removesuffix("\n") + after)
    assert_wire_is_clean(raw)
    assert not parsed.defects


def test_what_one_reader_gets_is_not_kept_for_the_next():
    bodies = [lines_of(written(a_mail(unsubscribe=f"{OUT}{n}"))[1].get_content()) for n in "12"]
    assert bodies == [f"At noon.\nStop these e-mails: {OUT}{n}\n" for n in "12"]


@pytest.mark.parametrize("html", [None, "<p>x</p>"])
def test_a_mail_program_is_told_of_the_way_out(html):
    """RFC 8058, 8.1: one https address, on one line that no folding cuts, and the field for one click."""
    long = OUT + "x" * 700
    raw, _ = written(a_mail(html=html, unsubscribe=long))
    head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert f"List-Unsubscribe: <{long}>".encode() in head
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head


def test_one_click_is_only_for_https():
    _, parsed = written(a_mail(unsubscribe="http://127.0.0.1:5000/unsubscribe/a.b"))
    assert parsed["List-Unsubscribe"] == "<http://127.0.0.1:5000/unsubscribe/a.b>"
    assert "List-Unsubscribe-Post" not in parsed


def test_what_cannot_be_turned_off_says_nothing_of_it():
    raw, _ = written(a_mail(html="<p>x</p></body>"))
    assert b"nsubscribe" not in raw
    assert b"Stop these" not in raw


@given(LINE, LINE.map(str.strip).filter(bool), LINE)  # names are stripped at the door; a blank one is none
@example("=?utf-8?q?=41?=", "\\\"'", "  edges  ")
@example("🔔" * 200, "Ü" * 200, "y" * 2000)
@settings(max_examples=150, deadline=None)
def test_headers_arrive_equal(subject, name, further):
    raw, parsed = written(a_mail(subject=subject, headers={"X-Further": further}), sender_name=name)
    assert parsed["Subject"] == subject
    assert parsed["X-Further"] == further
    # The new parser puts spaces between the encoded words of a long name; the old one does not.
    shown, address = parseaddr(message_from_bytes(raw)["From"])
    assert (str(make_header(decode_header(shown))), address) == (name, "belfry@example.com")
    assert_wire_is_clean(raw)


@pytest.mark.parametrize(
    "trick", ["a\r\nBcc: x@example.com", "a\nSubject: b", "a\0b", "a\x85b", "a\u2028b", "a\ud800b"]
)
def test_no_subject_makes_a_second_header(trick):
    _, parsed = written(a_mail(subject=trick, headers={"X-Further": trick}), sender_name=trick)
    assert parsed.keys().count("Subject") == 1
    assert "Bcc" not in parsed
    assert parsed["Subject"].startswith("a")


def test_half_a_character_in_a_body_is_replaced():
    _, parsed = written(a_mail(text="a\ud800b"))
    assert parsed.get_content() == "a?b"


def test_the_headers_of_a_mail():
    _, parsed = written(a_mail(html="<p>x</p>"), sender_name="Belfry", reply_to="answers@example.com")
    assert [(name, value) for name, value in parsed.items() if name != "Content-Type"] == [
        ("From", "Belfry <belfry@example.com>"),
        ("To", "emil@example.com"),
        ("Reply-To", "answers@example.com"),
        ("Subject", "Lunch"),
        ("Date", "Sun, 01 Mar 2026 12:30:00 +0000"),
        ("Message-ID", "<01ARZ3NDEKTSV4RRFFQ69G5FAV@example.com>"),
        ("X-Belfry-Envelope", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
    ]
    assert parsed.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert parsedate_to_datetime(parsed["Date"]) == AT


def test_a_retry_is_the_same_to_the_last_byte():
    assert written(a_mail(html="<p>x</p>"))[0] == written(a_mail(html="<p>x</p>"))[0]


@pytest.mark.parametrize("name", ["Subject", "subject", "Content-Type", "MIME-Version", "X Y", "X:", "", "X\r\nY"])
def test_an_envelope_cannot_set_what_is_ours_or_no_header(name):
    with pytest.raises(ValueError, match="cannot set the header"):
        written(a_mail(headers={name: "x"}))


@pytest.mark.parametrize(
    ("given", "spoken"),
    [
        ("a.b+c@example.com", "a.b+c@example.com"),
        ("a@localhost", "a@localhost"),
        ("a@bücher.example.com", "a@xn--bcher-kva.example.com"),
        ("a@straße.example.com", "a@xn--strae-oqa.example.com"),
        ("jörg@example.com", "jörg@example.com"),
    ],
)
def test_an_address_as_it_is_spoken(given, spoken):
    assert mailbox(given) == spoken
    assert international(mailbox(given)) is not spoken.isascii()


@pytest.mark.parametrize(
    "address",
    ["", "a", "@", "a@", "@b", "a b@c.de", "a@b@c.de", "a@b c", "a@b\r\nRCPT", "<a@b.de>", "a@b.de>", "ü", "a,b@c.de"],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(PermanentFailure):
        mailbox(address)


def test_a_sender_that_is_no_address_is_no_recipients_fault():
    with pytest.raises(ConfigurationFailure) as caught:
        written(a_mail(), sender="belfry")
    assert caught.value.reason is Reason.SENDER_REFUSED


def test_the_message_id_is_of_the_senders_domain():
    assert message_id("X", "belfry@bücher.example.com") == "<X@xn--bcher-kva.example.com>"


def test_what_was_fixed_before_the_first_try_is_what_is_written():
    _, parsed = written(a_mail(message_id="<a@first.example>", replaces="OLD", references="<b@older.example>"))
    assert (parsed["Message-ID"], parsed["References"]) == ("<a@first.example>", "<b@older.example>")


def test_what_was_not_fixed_is_of_the_senders_domain():
    _, parsed = written(a_mail(replaces="OLD"))
    assert parsed["References"] == "<OLD@example.com>"


def test_a_plain_header_is_left_as_it_is():
    assert encoded("Lunch  at noon: 50% off?") == "Lunch  at noon: 50% off?"


def assert_wire_is_clean(raw):
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines)
    assert max(map(len, lines)) <= 998


def test_a_way_out_that_the_text_has_already_is_not_repeated():
    html = f'<body><p>At noon.</p><a href="{OUT}">Stop</a></body>'
    raw, _ = written(a_mail(text=f"At noon.\n\n{OUT}\n", html=html, unsubscribe=OUT))
    assert raw.count(b"Stop these e-mails") == 0


@pytest.mark.parametrize("at", [0, 1, 6, 9, 30, 57, 200])
def test_what_is_shared_makes_no_difference_to_what_arrives(at):
    text = "Grüße, this is a line with an = and an end\r\n" * 3
    raw, parsed = written(a_mail(text=text, html=f"<p>{text}</p>", shared=(text[:at], f"<p>{text}</p>"[:at])))
    bodies = [lines_of(parsed.get_body((kind,)).get_content()) for kind in ("plain", "html")]
    assert bodies == [lines_of(text), lines_of(f"<p>{text}</p>")]
    assert_wire_is_clean(raw)
    assert not parsed.defects
