"""One sentence about a delivery for its sender and its recipient, who never read of servers."""

from datetime import timedelta

import pytest

from tests.support.sentences import MORNING, NOW, SOON, course, every_course, plain
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.evidence import Evidence
from webapp.domain.reason import Reason
from webapp.domain.said import CHOSEN_TIMES
from webapp.domain.wording import Reader, Sentence, about, why_in_short, why_received

SENDER, RECIPIENT = Reader.SENDER, Reader.RECIPIENT
LATER = {"due_at": SOON}
CHOSE = "Bo chose not to get this by e-mail. It is in their inbox."
AS_CHOSEN = "Bo chose when to get this by e-mail, and that time has not come yet. It is in their inbox."
MINE = "This one is in your inbox."


def told(reader: Reader, state: S, reason: Reason | None = None, **more) -> str:
    return plain(about(course(state, reason, **more), reader=reader, now=NOW))


CASES = [
    (told(SENDER, S.QUEUED), "Bo has not got this by e-mail yet: it is about to go out."),
    (told(SENDER, S.QUEUED, **LATER), "Bo has not got this by e-mail yet: it goes out at 14:05."),
    (
        told(SENDER, S.RETRYING, Reason.DNS, **LATER),
        "Bo has not got this by e-mail yet: the next try is at 14:05. It is in their inbox.",
    ),
    (told(SENDER, S.SENT), "This was handed over for Bo by e-mail at 14:02."),
    (told(SENDER, S.FILTERED, Reason.PREF_OFF), CHOSE),
    (told(SENDER, S.FILTERED, Reason.MUTED), CHOSE),
    (told(SENDER, S.QUEUED, Reason.QUIET_HOURS, **LATER), AS_CHOSEN),
    (told(SENDER, S.QUEUED, Reason.DIGESTED, **LATER), AS_CHOSEN),
    (told(SENDER, S.QUEUED, Reason.IF_UNREAD, **LATER), AS_CHOSEN),
    (
        told(SENDER, S.HELD, Reason.NO_PROVIDER, upcoming=True),
        "Bo gets this by e-mail once that is set up: nothing can send it yet. It appears in their inbox at its time.",
    ),
    (
        told(SENDER, S.UNDELIVERABLE, Reason.RECIPIENT_REFUSED),
        "This could not be sent to Bo by e-mail. It is in their inbox.",
    ),
    (told(RECIPIENT, S.FILTERED, Reason.PREF_OFF), f"You turned e-mail off for Releases. {MINE}"),
    (
        told(RECIPIENT, S.FILTERED, Reason.MUTED, evidence=Evidence(muted="sender", until=MORNING)),
        f"You muted Edith until 07:00, so this was not sent to you by e-mail. {MINE}",
    ),
    (
        told(RECIPIENT, S.FILTERED, Reason.MUTED, evidence=Evidence(muted="channel")),
        f"You muted Releases, so this was not sent to you by e-mail. {MINE}",
    ),
    (
        told(RECIPIENT, S.QUEUED, Reason.QUIET_HOURS, **LATER),
        f"You get this by e-mail at 14:05: your quiet hours are on. {MINE}",
    ),
    (
        told(RECIPIENT, S.QUEUED, Reason.DIGESTED, **LATER),
        f"You get this by e-mail at 14:05, with what else comes on Releases: you chose a digest. {MINE}",
    ),
    (
        told(RECIPIENT, S.QUEUED, Reason.IF_UNREAD, **LATER),
        f"You get this by e-mail at 14:05 if you have not read it by then: you chose so. {MINE}",
    ),
    (
        told(RECIPIENT, S.RETRYING, Reason.QUIET_HOURS, **LATER),
        f"You get this by e-mail at 14:05: your quiet hours are on. {MINE}",
    ),
    (told(RECIPIENT, S.SENT), "This was handed over for you by e-mail at 14:02."),
]


@pytest.mark.parametrize(("sentence", "expected"), CASES)
def test_each_in_their_own_words(sentence, expected):
    assert sentence == expected


@pytest.mark.parametrize(("reader", "name"), [(SENDER, "bo"), (RECIPIENT, "you")])
def test_whatever_is_so_it_names_the_recipient_and_no_server(reader, name):
    for it in every_course():
        sentence = plain(about(it, reader=reader, now=NOW))
        assert name in sentence.lower(), sentence
        assert 1 <= len(sentence.split(". ")) <= 2, sentence
        assert sentence.endswith(".")
        assert not [secret for secret in ("mail.example", "main", "olaf", *Reason) if secret in sentence], sentence


def test_a_sender_never_reads_which_rule_it_was_nor_when():
    for reason in (Reason.PREF_OFF, Reason.MUTED, *CHOSEN_TIMES):
        known = Evidence(muted="channel", until=MORNING, unread_for=timedelta(minutes=15))
        for state in (S.FILTERED, S.QUEUED, S.RETRYING):
            sentence = told(SENDER, state, reason, due_at=MORNING, evidence=known)
            chosen = reason in CHOSEN_TIMES and state is not S.FILTERED
            assert not any(word in sentence for word in ("mute", "off", "quiet", "digest", "unread")), sentence
            assert not (chosen and "07:00" in sentence), sentence


def test_why_one_has_a_copy():
    assert why_received("named") == Sentence("It was sent to you by name.")
    assert "role" in why_received("role:operator").text
    assert why_in_short("named") is None
    assert why_in_short("role:operator").text == "For your role"
