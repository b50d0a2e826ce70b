"""Signals: each of those that are promised is there, by its name."""

from blinker import NamedSignal

from webapp.domain import signals

PROMISED = [
    *("posted", "saved", "filtered", "sent", "delivered", "retry_requested", "undeliverable", "cancelled"),
    *("alerted", "sent_again", "retried_now", "due", "read", "reads", "missing"),
]


def test_each_is_there():
    assert [getattr(signals, name).name for name in PROMISED] == PROMISED
    assert {name for name, value in vars(signals).items() if isinstance(value, NamedSignal)} == set(PROMISED)


def test_whoever_listens_may_fail_and_it_goes_on(caplog):
    def fail(_sender, **_what):
        raise ZeroDivisionError

    fire = NamedSignal("fire")
    with fire.connected_to(fail):
        signals.tell(fire, where="here")
    assert "A receiver of the signal fire raised" in caplog.text


def test_what_is_told_is_heard():
    heard = []

    def hear(_sender, **what):
        heard.append(what)

    fire = NamedSignal("fire")
    with fire.connected_to(hear):
        signals.tell(fire, where="here")
    assert heard == [{"where": "here"}]


def test_one_who_fails_keeps_nobody_from_hearing():
    heard = []

    def fail(_sender):
        raise SystemExit

    def hear(_sender):
        heard.append("fire")

    fire = NamedSignal("fire")
    with fire.connected_to(fail), fire.connected_to(hear), fire.connected_to(fail):
        signals.tell(fire)
    assert heard == ["fire"]
