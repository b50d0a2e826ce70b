"""The senders: a bounded share for each configuration of a provider, and the look at the lease before each try."""

import pytest

from tests.support.office import Office
from tests.support.world import WITHIN, FarSide
from webapp.delivery.lot import Dropped, Finished
from webapp.domain.envelope import Accepted, ConfigurationFailure, TemporaryFailure
from webapp.domain.reason import Reason

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451")


@pytest.fixture
def office(clock):
    offices = []

    def make(**settings):
        offices.append(Office(clock, lambda account: FarSide(f"{account.name} {account.version}"), **settings))
        return offices[-1]

    yield make
    for one in offices:
        for far in one.made:
            far.release()
        one.senders.close()


def test_what_has_ended_comes_back_with_its_result(office):
    one = office()
    ready = one.hand_over(1)
    ended = one.next()
    assert isinstance(ended, Finished)
    assert ended.ready is ready
    assert ended.result.reply == "250 taken"


@pytest.mark.parametrize(("left_s", "kind"), [(5, Finished), (4.999, Dropped), (0, Dropped), (-100, Dropped)])
def test_nothing_is_sent_under_a_lease_that_may_end_meanwhile(office, left_s, kind):
    one = office()
    one.hand_over(1, left_s=left_s)
    assert isinstance(one.next(), kind)
    assert len(one.made[0].sent) == (kind is Finished)


@pytest.mark.parametrize(("lives_s", "kind"), [(1, Finished), (0, Dropped), (-1, Dropped)])
def test_nothing_is_sent_that_has_outlived_its_time_in_line(office, lives_s, kind):
    one = office()
    one.hand_over(1, lives_s=lives_s)
    assert isinstance(one.next(), kind)
    assert len(one.made[0].sent) == (kind is Finished)


def test_a_short_lease_leaves_half_of_it_to_send_in(office):
    one = office(lease_s=2)
    one.hand_over(1, left_s=1)
    assert isinstance(one.next(), Finished)


def test_as_many_at_once_as_allowed_for_each_provider(office):
    one = office(concurrency=3)
    one.hand_over(0)
    one.hand_over(0, id_=2)
    one.next()
    one.next()
    for far in one.made:
        far.hold()
    for number in range(5):
        one.hand_over(number)
        one.hand_over(number, id_=2)
    for far in one.made:
        far.wait_until_held(3)
        assert far.held == 3
        far.release()
    for _ in range(10):
        one.next()
    assert [far.most_held for far in one.made] == [3, 3]


@pytest.mark.parametrize(("failure", "tried"), [(ConfigurationFailure(Reason.AUTH, "535"), 1), (BUSY, 5)])
def test_what_would_be_asked_in_vain_comes_back_untried(office, failure, tried):
    one = office(concurrency=1)
    one.hand_over(0)
    one.next()
    one.made[0].hold()
    one.made[0].answer = failure
    for number in range(1, 9):
        one.hand_over(number)
    one.made[0].release()
    ended = [one.next() for _ in range(8)]
    assert [isinstance(it, Finished) for it in ended] == [True] * tried + [False] * (8 - tried)
    one.made[0].answer = Accepted()
    one.hand_over(9)
    assert isinstance(one.next(), Finished), "whether it is fit again is said by whoever hands over"


def test_a_failure_now_and_then_brings_nothing_back(office):
    one = office(concurrency=1)
    one.hand_over(0)
    one.next()
    one.made[0].hold()
    one.made[0].answer = [*[BUSY] * 4, Accepted(), *[BUSY] * 4]
    for number in range(1, 10):
        one.hand_over(number)
    one.made[0].release()
    assert all(isinstance(one.next(), Finished) for _ in range(9))


def test_what_no_thread_has_begun_with_can_be_taken_back(office):
    one = office(concurrency=2)
    one.hand_over(0)
    one.next()
    one.made[0].hold()
    for number in range(5):
        one.hand_over(number)
    one.made[0].wait_until_held(2)
    one.senders.take_back()
    assert [type(one.next()) for _ in range(3)] == [Dropped] * 3
    one.made[0].release()
    assert [type(one.next()) for _ in range(2)] == [Finished] * 2


def test_an_edited_provider_gets_a_share_of_its_own_and_the_old_one_ends(office):
    one = office(concurrency=2)
    one.hand_over(1)
    one.next()
    one.made[0].hold()
    one.hand_over(2)
    one.hand_over(3)
    one.made[0].wait_until_held(2)
    one.made[0].release()
    for number in (4, 5):
        one.hand_over(number, version=2)
    for _ in range(4):
        one.next()
    assert [far.name for far in one.made] == ["smtp-1 1", "smtp-1 2"]
    assert [len(far.sent) for far in one.made] == [3, 2]
    with one.made[0]._changed:
        assert one.made[0]._changed.wait_for(lambda: one.made[0].closed == 2, WITHIN), "each thread lets go of its own"


def test_who_has_nothing_to_send_for_long_is_forgotten(office, monkeypatch):
    monkeypatch.setattr("webapp.delivery.senders._IDLE_S", 0.05)
    one = office()
    one.hand_over(1)
    one.next()
    far = one.made[0]
    with far._changed:
        assert far._changed.wait_for(lambda: far.closed, WITHIN)
    one.senders.forget_idle()
    assert one.senders._shares == {}
    one.hand_over(2)
    assert isinstance(one.next(), Finished)
    one.senders.forget_idle()
    assert len(one.made) == 2


def test_all_accounts_together_have_so_many_threads_and_each_has_one(office, monkeypatch):
    monkeypatch.setattr("webapp.delivery._share.MOST_THREADS", 4)
    one = office(concurrency=3)
    for id_ in (1, 2, 3):
        one.hand_over(0, id_=id_)
        one.next()
    for far in one.made:
        far.hold()
    for id_ in (1, 2, 3):
        for number in range(4):
            one.hand_over(number, id_=id_)
    one.made[0].wait_until_held(2)
    for far in one.made[1:]:
        far.wait_until_held(1)
    assert [far.held for far in one.made] == [2, 1, 1]
    for far in one.made:
        far.release()
    assert all(isinstance(one.next(), Finished) for _ in range(12))


def test_threads_that_have_ended_make_room_for_others(office, monkeypatch):
    monkeypatch.setattr("webapp.delivery._share.MOST_THREADS", 2)
    monkeypatch.setattr("webapp.delivery.senders._IDLE_S", 0.05)
    one = office(concurrency=2)
    one.hand_over(1)
    one.next()
    with one.made[0]._changed:
        assert one.made[0]._changed.wait_for(lambda: one.made[0].closed, WITHIN)
    one.hand_over(2, id_=2)
    one.next()
    one.made[1].hold()
    one.hand_over(3, id_=2)
    one.hand_over(4, id_=2)
    one.made[1].wait_until_held(2)
    one.made[1].release()
    assert all(isinstance(one.next(), Finished) for _ in range(2))


def test_where_no_thread_can_be_started_what_was_handed_over_comes_back(office, monkeypatch):
    one = office()
    monkeypatch.setattr("webapp.delivery._share.Thread.start", no_thread)
    ready = one.hand_over(1)
    ended = one.next()
    assert (type(ended), ended.ready) == (Dropped, ready)
    monkeypatch.undo()
    one.hand_over(2)
    assert isinstance(one.next(), Finished)


def no_thread(*_):
    raise RuntimeError("can't start new thread")


def test_closing_lets_what_is_in_hand_finish(office):
    one = office(concurrency=1)
    one.hand_over(1)
    one.next()
    one.made[0].hold()
    one.hand_over(2)
    one.made[0].wait_until_held(1)
    one.senders.close()
    one.made[0].release()
    assert isinstance(one.next(), Finished)
