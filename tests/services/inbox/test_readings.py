"""Marking: one, many, all that a filter shows; the first reading counts, and nobody marks another's."""

import pytest

from webapp.domain import signals
from webapp.domain.refusal import Conflict, Missing
from webapp.services.inbox import readings, whole
from webapp.services.inbox.inbox import Showing
from webapp.services.people import accounts

ABSENT = "01JD8Z7K4M0000000000000000"


@pytest.fixture
def emil(world):
    for number in range(3):
        world.clock.advance(1)
        world.post(subject=f"No. {number}")
    return accounts.get(username="emil").id


@pytest.fixture
def kept(world, emil):
    def look():
        return whole.everything(user_id=emil, now=world.clock.now())

    return look


@pytest.fixture
def heard(world):
    told = []

    def note(name):
        def receive(_sender, **facts):
            told.append((name, facts))

        return receive

    receivers = {name: note(name) for name in ("read", "reads", "missing")}
    for name, receiver in receivers.items():
        getattr(signals, name).connect(receiver)
    yield told
    for name, receiver in receivers.items():
        getattr(signals, name).disconnect(receiver)


def times(kept):
    return [it.read_at for it in kept()]


def test_one_is_read_and_unread_again(world, emil, kept, heard):
    id = kept()[0].id
    readings.mark_one(user_id=emil, id=id, now=world.clock.now())
    assert times(kept) == [world.clock.now(), None, None]
    readings.mark_one(user_id=emil, id=id, now=world.clock.now(), read=False)
    assert times(kept) == [None, None, None]
    assert heard == [("read", {"id": id})]


def test_a_second_reading_keeps_the_time_of_the_first(world, emil, kept, heard):
    id, first = kept()[0].id, world.clock.now()
    readings.mark_one(user_id=emil, id=id, now=first)
    world.clock.advance(60)
    readings.mark_one(user_id=emil, id=id, now=world.clock.now())
    assert times(kept)[0] == first
    assert len(heard) == 1


def test_many(world, emil, kept, heard):
    ids = [it.id for it in kept()[:2]]
    assert readings.mark_many(user_id=emil, ids=ids, now=world.clock.now()) == 2
    assert readings.mark_many(user_id=emil, ids=ids, now=world.clock.now()) == 0
    assert [(name, set(facts["ids"])) for name, facts in heard] == [("reads", set(ids))]
    assert readings.mark_many(user_id=emil, ids=ids, now=world.clock.now(), read=False) == 2


def test_more_than_were_counted_are_none(world, emil, kept, heard):
    now, all_ = world.clock.now(), {"user_id": emil, "showing": Showing()}
    with pytest.raises(Conflict):
        readings.mark_all(**all_, until=now, now=now, most=2)
    assert (times(kept), heard) == ([None] * 3, [])
    assert readings.mark_all(**all_, until=now, now=now, most=3) == 3


def test_none_is_many_too(world, emil):
    assert readings.mark_many(user_id=emil, ids=[], now=world.clock.now()) == 0


@pytest.mark.parametrize("id", [ABSENT, "nonsense", "\x00", ""])
def test_what_is_not_there_changes_nothing(world, emil, kept, heard, id):
    with pytest.raises(Missing):
        readings.mark_many(user_id=emil, ids=[kept()[0].id, id], now=world.clock.now())
    assert times(kept) == [None, None, None]
    assert heard == [("missing", {"id": id})]


def test_anothers_is_not_there(world, emil, kept):
    edith = accounts.get(username="edith").id
    with pytest.raises(Missing):
        readings.mark_one(user_id=edith, id=kept()[0].id, now=world.clock.now())
    assert times(kept) == [None, None, None]


def test_what_is_not_visible_yet_is_not_there(world, emil):
    now = world.clock.now()
    world.post(subject="Later", at=world.clock.advance(60))
    later = whole.everything(user_id=emil, now=world.clock.now())[0].id
    with pytest.raises(Missing):
        readings.mark_one(user_id=emil, id=later, now=now)


def test_all_that_a_filter_shows_and_no_more(world, emil, kept):
    world.channel("team.rota")
    world.post(subject="Rota", channel="team.rota")
    now = world.clock.now()
    n = readings.mark_all(user_id=emil, showing=Showing(channel="team.news"), until=now, now=now)
    assert n == 3
    assert [it.subject for it in kept() if it.read_at is None] == ["Rota"]


def test_what_came_after_the_page_was_drawn_is_left(world, emil, kept):
    drawn = world.clock.now()
    world.clock.advance(1)
    world.post(subject="Just in")
    assert readings.mark_all(user_id=emil, showing=Showing(), until=drawn, now=world.clock.now()) == 3
    assert [it.subject for it in kept() if it.read_at is None] == ["Just in"]


def test_a_time_to_come_does_not_mark_what_nobody_can_see(world, emil):
    now = world.clock.now()
    world.post(subject="Later", at=world.clock.advance(60))
    assert readings.mark_all(user_id=emil, showing=Showing(), until=world.clock.now(), now=now) == 3


def test_all_unread_again(world, emil, kept):
    now = world.clock.now()
    readings.mark_all(user_id=emil, showing=Showing(), until=now, now=now)
    assert readings.mark_all(user_id=emil, showing=Showing(), until=now, now=now, read=False) == 3
    assert times(kept) == [None, None, None]


def test_a_listener_that_raises_undoes_nothing(world, emil, kept, caplog):
    def fail(_sender, **_more):
        raise ZeroDivisionError

    ids = [it.id for it in kept()]
    with signals.read.connected_to(fail), signals.reads.connected_to(fail), signals.missing.connected_to(fail):
        readings.mark_one(user_id=emil, id=ids[0], now=world.clock.now())
        assert readings.mark_many(user_id=emil, ids=ids, now=world.clock.now()) == 2
        with pytest.raises(Missing):
            readings.mark_one(user_id=emil, id=ABSENT, now=world.clock.now())
    for name in ("read", "reads", "missing"):
        assert f"A receiver of the signal {name} raised" in caplog.text
