"""Every reason is worded for everybody who may read it."""

import pytest

from webapp.domain.reason import WORDS, Reason


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_has_its_words(reason):
    words = reason.words
    assert words is WORDS[reason]
    assert 0 < len(words.label) <= 30
    for sentence in (words.for_recipient, words.for_sender, words.for_operator, words.advice):
        assert sentence[-1] in ".?", sentence


def test_a_code_is_its_name_and_fits_its_column():
    assert all(reason.value == reason.name and len(reason) <= 30 for reason in Reason)


def test_a_sender_never_reads_which_choice_it_was():
    choices = {WORDS[reason].for_sender for reason in (Reason.PREF_OFF, Reason.MUTED)}
    assert choices == {"Chose not to get this by this way."}
