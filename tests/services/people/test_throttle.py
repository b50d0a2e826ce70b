"""The throttle: counted in the database, before the try, for all processes at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from webapp import create_app
from webapp.domain import verification
from webapp.domain.refusal import Throttled
from webapp.extensions import db
from webapp.services.people import throttle

KEY = throttle.account("edith")


@pytest.fixture
def another_app(settings, clock):
    """A second application on the same database stands for a second process."""
    made = create_app(settings, clock)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def count(session, clock):
    def once(*keys):
        return throttle.count(keys=keys or (KEY,), now=clock.now())

    return once


def test_ten_tries_in_five_minutes(count, clock):
    for _try in range(throttle.MOST):
        count()
        clock.advance(1)
    with pytest.raises(Throttled) as caught:
        count()
    assert caught.value.retry_after == 290  # the first of the ten was ten seconds ago
    assert caught.value.problems == {"password": "Too many tries. Please wait 5 minutes, then try again."}


def test_a_refused_try_does_not_prolong_the_wait(count, clock):
    for _try in range(throttle.MOST):
        count()
    for _minute in range(4):
        clock.advance(timedelta(minutes=1))
        with pytest.raises(Throttled):
            count()
    clock.advance(timedelta(minutes=1))
    count()


def test_a_clock_that_was_years_ahead_for_a_minute_locks_nobody_out(count, clock):
    for _try in range(throttle.MOST):
        throttle.count(keys=[KEY], now=clock.now() + timedelta(days=3650))
    for _try in range(throttle.MOST):
        count()
    with pytest.raises(Throttled) as caught:
        count()
    assert caught.value.retry_after == throttle.WINDOW.total_seconds()


def test_keys_are_counted_apart_and_the_fuller_one_decides(count):
    for _try in range(throttle.MOST):
        count("address:192.0.2.1")
    count("address:192.0.2.2")
    with pytest.raises(Throttled):
        count(KEY, "address:192.0.2.1")
    for _try in range(throttle.MOST):
        count()  # the refused try was counted against neither key


@pytest.mark.parametrize(
    ("ip", "key"),
    [
        ("192.0.2.7", "address:192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "address:2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "address:192.0.2.7"),
        (None, "address:unknown"),
        ("not:an:address", "address:unknown"),
    ],
)
def test_an_address_of_ipv6_is_its_network_and_one_of_ipv4_itself(ip, key):
    assert throttle.address(ip) == key


def test_over_all_processes_and_however_many_at_once(app, another_app, clock):
    """Each thread has a connection of its own."""
    apps, now = [app, another_app], clock.now()

    def one(number: int) -> bool:
        with apps[number % 2].app_context():
            try:
                throttle.count(keys=(KEY,), now=now)
            except Throttled:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        let_through = list(pool.map(one, range(30)))
    assert sum(let_through) == throttle.MOST


def test_codes_are_counted_apart_and_longer(session, clock, count):
    """One in half a minute, five in ten minutes; passwords' tries neither count nor make them forgotten."""

    def send():
        throttle.count_code(phone="+3531", username="edith", now=clock.now())

    for number in range(verification.MOST_CODES):
        send()
        with pytest.raises(Throttled) as caught:
            send()
        wait = "30 seconds" if number < verification.MOST_CODES - 1 else "8 minutes"
        sentence = f"That was too soon after the last code. Please wait {wait}, then try again."
        assert caught.value.problems == {"code": sentence}
        clock.advance(verification.AGAIN_AFTER)
    clock.advance(throttle.WINDOW)
    count()
    with pytest.raises(Throttled) as caught:
        send()
    assert caught.value.retry_after == 150
    clock.advance(149)
    with pytest.raises(Throttled, match="Please wait a second"):
        send()
    clock.advance(1)
    send()


@pytest.mark.parametrize("of", ["phone", "username"])
def test_twenty_codes_a_day(session, clock, count, of):
    """To one phone for however many accounts, and for one account however many phones it has in turn."""

    def send(number):
        other = {"phone": f"+3531{number}", "username": f"edith{number}"} | {of: "the same"}
        throttle.count_code(**other, now=clock.now())

    for number in range(verification.MOST_CODES_A_DAY):
        send(number)
        clock.advance(600)
        count()
    with pytest.raises(Throttled, match="Please wait 21 hours"):
        send(20)
    clock.advance(24 * 3600 - 20 * 600)
    send(21)


def test_who_is_told_of_too_many_tries_is_told_at_their_field(session, clock):
    for _try in range(throttle.MOST):
        throttle.count(keys=("account:edith",), now=clock.now(), field="code")
    with pytest.raises(Throttled) as caught:
        throttle.count(keys=("account:edith",), now=clock.now(), field="code")
    assert caught.value.problems.keys() == {"code"}
