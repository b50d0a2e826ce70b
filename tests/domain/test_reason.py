"""Every reason is worded for everybody who may read it."""

import re

import pytest

from webapp.domain.reason import WORDS, Reason

READERS = ("for_recipient", "for_sender", "for_operator")
# What somebody chose, in the groups in which a sender may know of it.
CHOICES = [
    (Reason.PREF_OFF, Reason.MUTED),
    (Reason.QUIET_HOURS, Reason.DIGESTED, Reason.IF_UNREAD),
]
RULES = re.compile(r"turned|mute|quiet|digest|hour|night|off\b|unread|prefer", re.IGNORECASE)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_has_its_words(reason):
    words = reason.words
    assert words is WORDS[reason]
    assert 0 < len(words.label) <= 30
    assert words.advice[-1] in ".?"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("reason", Reason)
def test_each_reader_reads_one_sentence(reason, reader):
    sentence = getattr(reason.words, reader)
    assert re.fullmatch(r"[A-Z][^.?!\n]+\.", sentence), sentence
    assert len(sentence) <= 130


@pytest.mark.parametrize("reason", Reason)
def test_only_operators_read_of_the_wiring(reason):
    told = f"{reason.words.for_recipient} {reason.words.for_sender}"
    assert not re.search(r"provider|formatter|resolver|plugin|server|TLS|policy", told, re.IGNORECASE), told


@pytest.mark.parametrize("reasons", CHOICES, ids=lambda reasons: reasons[0])
def test_a_sender_never_reads_which_choice_it_was(reasons):
    [told] = {reason.words.for_sender for reason in reasons}
    assert not RULES.search(told)
    assert len({reason.words.for_recipient for reason in reasons}) == len(reasons), "the person reads it"
    assert len({reason.words.for_operator for reason in reasons}) == len(reasons), "and so does an operator"


def test_a_code_is_its_name_and_fits_its_column():
    assert all(reason.value == reason.name and len(reason) <= 30 for reason in Reason)
