"""What a pipeline keeps in mind until its moment."""

from datetime import timedelta

from tests.support.clock import START as NOW
from webapp.delivery.lot import Kind
from webapp.delivery.reminder import Reminder

SOON, LATER = NOW + timedelta(seconds=5), NOW + timedelta(seconds=50)


def test_it_is_due_at_the_first_of_its_moments_and_then_forgotten():
    reminder = Reminder()
    assert (reminder.due(LATER), reminder.idle_s(NOW, 1.0)) == ([], 1.0)
    reminder.keep(Kind.FRESH, LATER, served=True)
    reminder.keep(Kind.LATER, SOON, served=True)
    assert (reminder.idle_s(NOW, 60.0), reminder.idle_s(NOW, 1.0), reminder.idle_s(LATER, 1.0)) == (5.0, 1.0, 0.0)
    assert reminder.due(SOON - timedelta(microseconds=1)) == []
    assert reminder.due(SOON) == [Kind.FRESH, Kind.LATER]
    assert (reminder.due(LATER), reminder.idle_s(LATER, 1.0)) == ([], 1.0)


def test_kinds_take_turns_where_there_is_enough_for_one_only():
    reminder, turns = Reminder(), [Kind.FRESH, Kind.LATER]
    first = []
    for _ in range(4):
        first.append(turns[0])
        for kind, served in ((turns[0], True), (turns[1], False), (turns[0], False)):  # it asks for more
            reminder.keep(kind, SOON, served=served)
        turns = reminder.due(SOON)
    assert first == [Kind.FRESH, Kind.LATER] * 2
