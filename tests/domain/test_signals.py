"""Signals: each of those that are promised is there, by its name."""

from blinker import NamedSignal

from webapp.domain import signals

PROMISED = [
    *("posted", "saved", "filtered", "sent", "retry_requested", "undeliverable", "cancelled", "alerted"),
    *("sent_again", "retried_now", "read", "reads", "missing"),
]


def test_each_is_there():
    assert [getattr(signals, name).name for name in PROMISED] == PROMISED
    assert {name for name, value in vars(signals).items() if isinstance(value, NamedSignal)} == set(PROMISED)
