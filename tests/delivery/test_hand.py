"""What one process has in hand."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from tests.support.clock import START
from webapp.delivery.hand import Hand
from webapp.delivery.lot import Dropped

LEASE = timedelta(seconds=60)


def ready(id_: str, *, account: int = 1, left_s: float = 60) -> Any:
    return SimpleNamespace(
        envelope=SimpleNamespace(id=id_),
        account=SimpleNamespace(key=("email", account), at_once=lambda usual: usual),
        lease_until=START + timedelta(seconds=left_s),
    )


def test_it_is_empty_until_all_is_written_down():
    hand = Hand()
    assert not hand
    one, other = ready("1"), ready("2")
    hand.handed = {"1": one, "2": other}
    hand.ended = [Dropped(one)]
    assert hand
    assert hand.in_flight == [other]
    hand.settle()
    assert (hand.handed, hand.ended) == ({"2": other}, [])


def test_what_has_used_up_half_of_its_lease_runs_out():
    hand = Hand()
    hand.prepared.ready = [ready("1", left_s=30), ready("2", left_s=29.9)]
    hand.handed = {"3": ready("3", left_s=-1), "4": ready("4", left_s=-1)}
    hand.ended = [Dropped(hand.handed["4"])]
    assert [one.envelope.id for one in hand.running_out(START, LEASE)] == ["2", "3"]


def test_senders_have_more_at_hand_than_they_can_send_at_once():
    hand = Hand()
    hand.handed = {"1": ready("1"), "2": ready("2", account=2), "3": ready("3", account=2)}
    assert (hand.is_ahead(1), hand.is_ahead(2)) == (True, False)
    hand.ended = [Dropped(hand.handed["3"])]
    assert not hand.is_ahead(1)


def test_it_is_mostly_over_when_half_has_ended():
    hand = Hand()
    hand.handed = {id_: ready(id_) for id_ in "123"}
    assert hand.is_mostly_over, "there is nothing to write down"
    hand.ended = [Dropped(hand.handed["1"])]
    assert not hand.is_mostly_over
    hand.ended.append(Dropped(hand.handed["2"]))
    assert hand.is_mostly_over


def test_there_is_room_beside_what_flies():
    hand = Hand()
    hand.handed = {"1": ready("1"), "2": ready("2", account=2)}
    hand.prepared.ready = [ready("3"), ready("4", account=3)]
    assert hand.room({("email", 1): 2, ("email", 3): 2}) == {("email", 1): 1, ("email", 3): 2}
