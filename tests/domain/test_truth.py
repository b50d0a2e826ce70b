"""The one sentence of truth, for those who run the place."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.domain.truth import HAPPENED, Footing, truth
from webapp.domain.wording import Sentence

NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
SOON = NOW + timedelta(minutes=3)
REFUSED = {"trouble": Reason.CONNECT_REFUSED, "far": "mail.example"}


def said(state, **more):
    usual = {"reason": None, "failures": 0, "tries": 4, "due_at": NOW, "since": NOW, "by": "resender"}
    return plain(truth(Footing(state=state, **usual | more), now=NOW))


def plain(sentence):
    values = {name: plain(it) if isinstance(it, Sentence) else word(it) for name, it in sentence.values.items()}
    return sentence.text % values


def word(value):
    if isinstance(value, timedelta):
        return f"{value.total_seconds() / 60:g} min"
    return f"{value:%H:%M}" if isinstance(value, datetime) else value


CASES = [
    (said(S.QUEUED), "Waiting to send: it is due now."),
    (said(S.QUEUED, due_at=SOON), "Waiting to send: it is due at 14:05 (in 3 min)."),
    (
        said(S.QUEUED, trouble=Reason.FORMATTER_FAILED),
        "Not sent yet: the channel's formatter raised an error. It is tried again at once.",
    ),
    (said(S.SENDING, failures=1), "Being handed over: try 2 of 4, since 14:02."),
    (
        said(S.RETRYING, failures=2, due_at=SOON, **REFUSED),
        "Not sent yet: mail.example refused the connection, or closed it. Try 3 of 4 at 14:05 (in 3 min).",
    ),
    (
        said(S.RETRYING, failures=2, **REFUSED),
        "Not sent yet: mail.example refused the connection, or closed it. Try 3 of 4 is due now.",
    ),
    (said(S.RETRYING), "Not sent yet. Try 1 of 4 is due."),
    (said(S.HELD, reason=Reason.NO_PROVIDER), "Not sent yet. No provider is active for this medium."),
    (said(S.SENT, provider="smtp-main"), "Handed over to smtp-main at 14:02."),
    (said(S.SENT, provider="smtp-main", failures=2), "Handed over to smtp-main at 14:02, at try 3 of 4."),
    (said(S.SENT), "Handed over at 14:02."),
    (said(S.DELIVERED, by="olaf"), "It arrived: olaf said so, 14:02."),
    (said(S.DELIVERED, told_later=True, far="twilio"), "Delivered: twilio confirmed it at 14:02."),
    (
        said(S.UNDELIVERABLE, reason=Reason.RECIPIENT_REFUSED, told_later=True, far="twilio"),
        "It was handed over, but did not arrive: twilio says that it cannot deliver to this address, 14:02.",
    ),
    (
        said(S.UNDELIVERABLE, reason=Reason.EXHAUSTED, failures=4, **REFUSED),
        "Gave up after 4 tries: mail.example refused the connection, or closed it.",
    ),
    (
        said(S.UNDELIVERABLE, reason=Reason.RECIPIENT_REFUSED, trouble=Reason.RECIPIENT_REFUSED, far="mail.example"),
        "Not sent, and not tried again: mail.example says that it cannot deliver to this address.",
    ),
    (
        said(S.UNKNOWN, reason=Reason.TIMEOUT_AFTER_DATA, trouble=Reason.TIMEOUT_AFTER_DATA, far="mail.example"),
        "It may have arrived: mail.example had the whole message, but did not confirm it. A person has to find out.",
    ),
    (said(S.CANCELLED, reason=Reason.CANCELLED_BY_PERSON, by="olaf"), "Cancelled by olaf, 14:02, before it was sent."),
    (
        said(S.CANCELLED, reason=Reason.EXPIRED),
        "Its time to live passed before it could be sent.",
    ),
    (
        said(S.FILTERED, reason=Reason.NO_ADDRESS),
        "The account has no address for this medium.",
    ),
]


@pytest.mark.parametrize(("sentence", "expected"), CASES)
def test_each_state(sentence, expected):
    assert sentence == expected


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_whatever_is_so_there_is_a_whole_sentence(state, reason):
    for trouble in (None, *HAPPENED):
        for told_later in (False, True):
            sentence = said(state, reason=reason, trouble=trouble, far="mail.example", told_later=told_later)
            assert sentence.endswith(".")
            assert not sentence.endswith("..")
            assert ": ." not in sentence


def test_every_failure_can_be_told():
    decided = {Reason.EXHAUSTED, *list(Reason)[: list(Reason).index(Reason.EXHAUSTED)]}
    assert set(Reason) - decided == set(HAPPENED)
