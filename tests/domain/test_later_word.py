"""LaterWord: what a far side tells later."""

import pytest

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.later_word import LaterWord
from webapp.domain.reason import Reason


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (S.DELIVERED, Reason.RECIPIENT_REFUSED),
        (None, Reason.RECIPIENT_REFUSED),
        (S.UNDELIVERABLE, None),
        (S.SENT, None),
        (S.QUEUED, None),
    ],
)
def test_it_says_one_of_three_things(state, reason):
    with pytest.raises(ValueError, match=r"\."):
        LaterWord(state, "status", reason=reason)


def test_it_is_what_a_database_takes():
    word = LaterWord(None, "s" * 40, "c" * 40, "a\0b" + "w" * 600)
    assert (len(word.status), len(word.code), len(word.words)) == (30, 20, 500)
    assert word.words.startswith("a\ufffdb")
