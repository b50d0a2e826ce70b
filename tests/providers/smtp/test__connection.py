"""The kept connection: one for many mails, and no mail is lost or doubled when it ends."""

from datetime import UTC, datetime

import pytest

from tests.support.smtp import drop, raw, reset, then_drop
from webapp.domain.envelope import PermanentFailure, TemporaryFailure, Transcript

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
PIPELINING = ("PIPELINING",)


def test_one_connection_carries_many_mails(scripted, make_smtp, envelope, transcript):
    server = scripted()
    provider = make_smtp(server.port)
    for _ in range(101):
        provider.send(envelope(), transcript)
    assert (len(server.mails), server.connections) == (101, 2)


@pytest.mark.parametrize("ending", [then_drop("250 taken"), then_drop("250 taken\r\n421 bye")], ids=["drop", "421"])
def test_a_connection_closed_after_a_mail_costs_nothing(scripted, make_smtp, envelope, transcript, ending):
    server = scripted(script={".": ending})
    provider = make_smtp(server.port)
    assert [provider.send(envelope(), transcript).reply for _ in range(3)] == ["250 taken"] * 3
    assert (len(server.complete), server.connections) == (3, 3)


def test_an_answer_too_many_is_not_taken_for_one_to_the_next_mail(scripted, make_smtp, envelope, transcript):
    server = scripted(script={".": raw(b"250 taken\r\n250 and once more\r\n")}, offers=PIPELINING)
    provider = make_smtp(server.port)
    assert [provider.send(envelope(), transcript).reply for _ in range(2)] == ["250 taken"] * 2
    assert (len(server.complete), server.connections) == (2, 2)


@pytest.mark.parametrize("offers", [(), PIPELINING], ids=["one-by-one", "pipelined"])
@pytest.mark.parametrize("goodbye", ["421 idle for too long", drop, reset])
def test_a_kept_connection_that_is_found_closed_is_replaced(scripted, make_smtp, envelope, transcript, goodbye, offers):
    server = scripted(MAIL=["250 ok", goodbye, "250 ok"], offers=offers)
    provider = make_smtp(server.port)
    assert [provider.send(envelope(), transcript).reply for _ in range(2)] == ["250 taken"] * 2
    assert (len(server.mails), server.connections) == (2, 2)


def test_a_refusal_on_a_kept_connection_is_not_tried_twice(scripted, make_smtp, envelope, transcript):
    server = scripted(MAIL=["250 ok", "451 not now", "250 ok"])
    provider = make_smtp(server.port)
    provider.send(envelope(), transcript)
    with pytest.raises(TemporaryFailure):
        provider.send(envelope(), transcript)
    assert provider.send(envelope(), transcript).reply == "250 taken"
    assert (len(server.mails), server.connections) == (2, 2)


def test_a_failed_mail_leaves_nothing_behind_for_the_next(scripted, make_smtp, envelope, transcript):
    server = scripted(RCPT=["550 unknown", "250 ok"], offers=PIPELINING)
    provider = make_smtp(server.port)
    with pytest.raises(PermanentFailure):
        provider.send(envelope(), transcript)
    assert provider.send(envelope(subject="The next"), transcript).reply == "250 taken"
    assert b"Subject: The next\r\n" in server.mails[0]


def test_an_idle_connection_is_not_used_again(scripted, make_smtp, envelope):
    server, now = scripted(), [0.0]
    provider = make_smtp(server.port)
    for idle in (0, 29, 31):
        now[0] += idle
        provider.send(envelope(), Transcript(lambda: now[0], AT))
    assert server.connections == 2


def test_what_the_server_says_at_quit_changes_nothing(scripted, make_smtp, envelope, transcript):
    server = scripted(QUIT="421 never")
    provider = make_smtp(server.port)
    assert provider.send(envelope(), transcript).reply == "250 taken"
    provider.close()
    provider.close()
