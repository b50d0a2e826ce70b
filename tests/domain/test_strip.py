"""The strip: what is a stop, what is not, and how long each took."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.domain.strip import Mark, Step, Stop, strip

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def ledger(*became, reasons=None):
    """States with the second at which each was reached."""
    steps, was = [], None
    for state, second in became:
        steps.append(Step(was, S(state), at(second), "engine", (reasons or {}).get(second)))
        was = S(state)
    return steps


def told(stops):
    return [
        (stop.mark.value, stop.state.value, None if stop.lasted is None else stop.lasted.total_seconds())
        for stop in stops
    ]


def test_just_posted():
    assert told(strip(ledger(("queued", 0)), [])) == [
        ("posted", "queued", 0), ("stands", "queued", None), ("ahead", "sent", None),
    ]  # fmt: skip


def test_sent_at_the_first_try():
    stops = strip(ledger(("queued", 0), ("sending", 2), ("sent", 2.3)), [at(2.1)])
    assert told(stops) == [("posted", "queued", 2), ("tried", "sending", 0.3), ("stands", "sent", None)]
    assert [stop.at for stop in stops] == [at(0), at(2), at(2.3)]


def test_tries_in_a_row_are_one_stop():
    moves = ledger(("queued", 0), ("sending", 1), ("retrying", 2), ("sending", 62), ("retrying", 72))
    stops = strip(moves, [at(1), at(62)])
    assert told(stops) == [
        ("posted", "queued", 1), ("tried", "sending", 71), ("stands", "retrying", None), ("ahead", "sent", None),
    ]  # fmt: skip
    assert stops[1].tries == 2


def test_what_is_under_way_is_where_it_stands():
    moves = ledger(("queued", 0), ("sending", 1), ("retrying", 2), ("sending", 62))
    assert told(strip(moves, [at(1)]))[1:3] == [("tried", "sending", 61), ("stands", "sending", None)]


def test_a_time_for_which_it_was_held_parts_the_tries():
    moves = ledger(
        ("queued", 0), ("sending", 1), ("held", 1), ("queued", 61), ("sending", 62), ("retrying", 63), ("held", 70),
        ("retrying", 80), ("sending", 81), ("undeliverable", 82), reasons={1: Reason.NO_PROVIDER},
    )  # fmt: skip
    stops = strip(moves, [at(62), at(81)])
    assert told(stops) == [
        ("posted", "queued", 1), ("passed", "held", 61), ("tried", "sending", 8), ("passed", "held", 11),
        ("tried", "sending", 1), ("stands", "undeliverable", None),
    ]  # fmt: skip
    assert [stop.reason for stop in stops][1:4] == [Reason.NO_PROVIDER, None, None]


def test_a_wait_that_its_recipient_chose_stays_a_stop_when_it_is_over():
    """A page says why it went so late."""
    moves = ledger(
        ("queued", 0), ("sending", 1), ("queued", 2), ("sending", 62), ("retrying", 63), ("sending", 123),
        ("retrying", 124), ("sending", 724), ("sent", 725), reasons={2: Reason.DIGESTED, 124: Reason.QUIET_HOURS},
    )  # fmt: skip
    stops = strip(moves, [at(62), at(724)])
    assert told(stops) == [
        ("posted", "queued", 2), ("passed", "queued", 60), ("tried", "sending", 62), ("passed", "retrying", 600),
        ("tried", "sending", 1), ("stands", "sent", None),
    ]  # fmt: skip
    assert [stop.reason for stop in stops][1:4] == [Reason.DIGESTED, None, Reason.QUIET_HOURS]


@pytest.mark.parametrize("back", ["queued", "retrying"])
def test_being_claimed_and_given_back_is_no_try(back):
    moves = ledger(("queued", 0), ("sending", 1), (back, 2))
    assert [stop.mark for stop in strip(moves, [])] == [Mark.POSTED, Mark.STANDS, Mark.AHEAD]


def test_only_the_generation_that_is_under_way():
    first = ledger(
        ("queued", 0), ("sending", 1), ("undeliverable", 2), ("queued", 100), ("sending", 101), ("sent", 102)
    )
    stops = strip(first, [at(1), at(101)])
    assert told(stops) == [("sent again", "queued", 1), ("tried", "sending", 1), ("stands", "sent", None)]
    assert stops[0].at == at(100)


def test_a_release_is_no_new_generation():
    moves = ledger(("queued", 0), ("sending", 1), ("held", 2), ("queued", 3))
    assert strip(moves, [])[0] == Stop(Mark.POSTED, S.QUEUED, at(0), timedelta(seconds=2))


def test_an_end_that_was_not_the_last_word():
    moves = ledger(("queued", 0), ("sending", 1), ("unknown", 2), ("delivered", 60))
    assert told(strip(moves, [at(1)])) == [
        ("posted", "queued", 1), ("tried", "sending", 1), ("passed", "unknown", 58), ("stands", "delivered", None),
    ]  # fmt: skip
