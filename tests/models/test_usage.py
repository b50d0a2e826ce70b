"""What providers are used for: their rows are locked in one order, and every hour's tries are counted."""

from datetime import timedelta

from sqlalchemy import select

from webapp.database import writing
from webapp.models import usage
from webapp.models._columns import table_of
from webapp.models.provider import ProviderHour

HOUR = timedelta(hours=1)


def hours(world):
    hour = table_of(ProviderHour)
    return [
        (row.provider_id, row.hour, row.accepted, row.failed)
        for row in world._all(select(hour).order_by(hour.c.provider_id, hour.c.hour))
    ]


def count(world, accepted, failed, *, at, provider=1):
    with writing(world.session) as session:
        usage.count_tries(session, provider_id=provider, at=at, accepted=accepted, failed=failed)


def test_what_is_used_up_is_given_to_the_next_who_locks(world):
    other = world.provider("sms")
    until = world.clock.now()
    with writing(world.session) as session:
        assert usage.lock(session, {1, other, 99}) == {1: None, other: None}
        usage.use_pace(session, provider_id=other, until=until)
    with writing(world.session) as session:
        assert usage.lock(session, {other}) == {other: until}


def test_tries_add_up_by_provider_and_hour(world):
    other = world.provider("sms")
    start = world.clock.now().replace(minute=0, second=0, microsecond=0)
    count(world, 3, 0, at=start)
    count(world, 0, 2, at=start + timedelta(minutes=59, seconds=59))
    count(world, 1, 1, at=start + HOUR)
    count(world, 7, 0, at=start, provider=other)
    assert hours(world) == [(1, start, 3, 2), (1, start + HOUR, 1, 1), (other, start, 7, 0)]


def test_old_hours_are_forgotten(world):
    start = world.clock.now().replace(minute=0, second=0, microsecond=0)
    for number in range(5):
        count(world, 1, 0, at=start + number * HOUR)
    with writing(world.session) as session:
        assert usage.delete_hours(session, before=start + 3 * HOUR, limit=2) == 2
        assert usage.delete_hours(session, before=start + 3 * HOUR, limit=2) == 1
        assert usage.delete_hours(session, before=start + 3 * HOUR, limit=2) == 0
    assert [hour for _, hour, _, _ in hours(world)] == [start + 3 * HOUR, start + 4 * HOUR]
