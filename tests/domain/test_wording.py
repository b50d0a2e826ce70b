"""One sentence about a delivery for each reader; the sender and the recipient never read of servers."""

from datetime import UTC, datetime, timedelta
from string import Formatter

import pytest

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.domain.wording import Course, Reader, Sentence, about, why_in_short, why_received

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
REFUSED = "451 4.7.1 mail.example says: greylisted."


def told(reader: Reader, state: S, reason: Reason | None = None, **facts) -> str:
    course = Course(state=state, medium=Medium.EMAIL, reason=reason, **facts)
    sentence = about(course, reader=reader, now=NOW)
    return sentence.text % {name: _shown(value) for name, value in sentence.values.items()}


def _shown(value: object) -> object:
    return f"{value:%H:%M}" if isinstance(value, datetime) else value


def test_waiting():
    assert told(Reader.SENDER, S.QUEUED, due_at=NOW) == "Waiting to send."
    assert told(Reader.SENDER, S.QUEUED, due_at=LATER) == "Waiting to send: due 09:05."


def test_handed_over_is_never_called_delivered():
    sent = {"ended_at": NOW, "provider": "smtp-main"}
    assert told(Reader.SENDER, S.SENT, **sent) == "Handed over to smtp-main, 09:00."
    assert told(Reader.OPERATOR, S.SENT, ended_at=NOW) == "Handed over, 09:00."
    assert told(Reader.RECIPIENT, S.SENT, **sent) == "Handed over, 09:00."


def test_an_operator_reads_of_tries_and_of_the_far_sides_words():
    tries = {"failures": 2, "retries_left": 2, "last_error": REFUSED}
    assert (
        told(Reader.OPERATOR, S.RETRYING, due_at=LATER, **tries)
        == "Try 2 of 4 failed: 451 4.7.1 mail.example says: greylisted. Next 09:05."
    )
    assert told(Reader.OPERATOR, S.RETRYING, due_at=NOW, **tries).endswith("greylisted. The next one is due.")


def test_the_others_read_when_it_is_tried_again():
    assert told(Reader.SENDER, S.RETRYING, due_at=LATER, last_error=REFUSED) == "Not sent yet: the next try is 09:05."
    assert told(Reader.RECIPIENT, S.RETRYING, due_at=NOW) == "Not sent yet: it is about to be tried again."


def test_giving_up():
    gone = {"failures": 4, "last_error": REFUSED}
    assert told(Reader.OPERATOR, S.UNDELIVERABLE, Reason.EXHAUSTED, **gone).startswith("Gave up after 4 tries: 451")
    assert told(Reader.OPERATOR, S.UNDELIVERABLE, Reason.RECIPIENT_REFUSED, **gone).startswith("Cannot be delivered:")
    assert told(Reader.SENDER, S.UNDELIVERABLE, Reason.EXHAUSTED, **gone) == Reason.EXHAUSTED.words.for_sender


def test_without_words_of_the_far_side_the_reason_speaks():
    assert told(Reader.OPERATOR, S.RETRYING, Reason.DNS, failures=1, retries_left=3).startswith(
        "Try 1 of 4 failed: Name not found."
    )


@pytest.mark.parametrize("reader", Reader)
def test_a_reason_has_its_own_words_for_each(reader):
    words = Reason.NO_ADDRESS.words
    wanted = {"recipient": words.for_recipient, "sender": words.for_sender, "operator": words.for_operator}
    assert told(reader, S.FILTERED, Reason.NO_ADDRESS) == wanted[reader.value]


def test_without_a_reason_the_state_says_what_it_means():
    assert told(Reader.SENDER, S.SENDING) == S.SENDING.sentence


@pytest.mark.parametrize("reader", [Reader.SENDER, Reader.RECIPIENT])
def test_no_error_of_a_server_reaches_a_sender_or_a_recipient(reader):
    facts = {"failures": 1, "retries_left": 3, "due_at": LATER, "ended_at": NOW, "last_error": REFUSED}
    sentences = [told(reader, state, reason, **facts) for state in S for reason in (None, *Reason)]
    assert all(sentences)
    assert not [sentence for sentence in sentences if "451" in sentence or "mail.example" in sentence]


def test_why_one_has_a_copy():
    assert why_received("named") == Sentence("It was sent to you by name.")
    assert "role" in why_received("role:operator").text
    assert why_in_short("named") is None
    assert why_in_short("role:operator").text == "For your role"


def test_no_sentence_is_a_format_of_the_other_kind():
    for state in S:
        sentence = about(Course(state=state, medium=Medium.SMS), reader=Reader.OPERATOR, now=NOW)
        assert not [name for _, name, _, _ in Formatter().parse(sentence.text) if name]
