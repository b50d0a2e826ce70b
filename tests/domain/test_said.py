"""The tables of what a sender and a recipient read."""

from dataclasses import astuple
from string import Formatter

import pytest

from webapp.domain.delivery_state import DeliveryState
from webapp.domain.said import BY_REASON, BY_STATE, HELD_FOR, TRIED_AGAIN, WAITING

EVERY = [*WAITING.values(), *HELD_FOR.values(), *BY_REASON.values(), *BY_STATE.values(), TRIED_AGAIN]


def test_every_state_has_words():
    assert set(BY_STATE) == set(DeliveryState)


@pytest.mark.parametrize("said", EVERY)
def test_a_sender_reads_the_name_and_a_recipient_is_spoken_to(said):
    sender, recipient, _inbox = astuple(said)
    assert "%(who)s" in sender
    assert "%(who)s" not in recipient
    assert "you" in recipient.lower()
    for text in (sender, recipient):
        assert text.endswith(".")
        assert ". " not in text
        assert not [name for _, name, _, _ in Formatter().parse(text) if name]
