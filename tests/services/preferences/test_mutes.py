"""What is muted, for how long, and the end of it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.models.channel import Channel
from webapp.services.preferences import mutes
from webapp.services.preferences.mutes import Lasts, Wanted, What

NEWS, EDITH = (What.CHANNEL, "team.news"), (What.SENDER, "edith")


@pytest.fixture
def mute(world):
    def act(thing=NEWS, *, hours=None, username="emil"):
        now = world.clock.now()
        until = None if hours is None else now + timedelta(hours=hours)
        return mutes.mute(username=username, wanted=Wanted(thing[0], thing[1], until), now=now)

    return act


@pytest.fixture
def listed(world):
    def look():
        world.session.rollback()
        return [(it.what, it.name, it.until) for it in mutes.listed(username="emil", now=world.clock.now())]

    return look


@pytest.mark.parametrize("thing", [NEWS, EDITH])
def test_nothing_of_it_is_sent_until_it_is_over(world, mute, listed, thing):
    muted, before = mute(thing, hours=1)
    assert (muted.title, before) == ("Team.News" if thing is NEWS else "Edith", None)
    assert listed() == [(*thing, muted.until)]
    world.post("emil", sender="edith")
    world.dispatch()
    world.clock.advance(3600)
    assert listed() == []
    world.post("emil", sender="edith")
    world.dispatch()
    assert world.states() == ["filtered", "sent"]


def test_once_for_each_thing(world, mute, listed, audited):
    mute(hours=1)
    again, before = mute()
    assert (again.until, before.until) == (None, world.clock.now() + timedelta(hours=1))
    mute(EDITH)
    assert listed() == [(*EDITH, None), (*NEWS, None)]
    assert audited("muted")[1] == (
        {"channel": "team.news", "until": before.until.isoformat()},
        {"channel": "team.news", "until": None},
    )


def test_ended_one_by_one_all_together_and_again(world, mute, listed):
    now = world.clock.now()
    muted, _before = mute(hours=2)
    mute(EDITH, hours=1)
    assert mutes.unmute(username="emil", id=muted.id, now=now).name == "team.news"
    assert listed() == [(*EDITH, now + timedelta(hours=1))]
    mute()
    assert len(mutes.unmute_all(username="emil", now=now)) == 2
    assert listed() == []
    world.clock.advance(3600)
    former = [Wanted(*EDITH, now + timedelta(hours=1)), Wanted(*NEWS, now + timedelta(hours=2))]
    assert mutes.restore(username="emil", muted=former, now=world.clock.now()) == 1
    assert listed() == [(*NEWS, now + timedelta(hours=2))]


def test_many_are_restored_by_a_few_statements_and_too_many_not_at_all(world, mute, listed, statements):
    names = [f"team.channel{n}" for n in range(12)]
    for name in names:
        world.channel(name)
    now, former = world.clock.now(), [Wanted(What.CHANNEL, name, None) for name in names]
    with pytest.raises(Refused, match="At most 50"):
        mutes.restore(username="emil", muted=former * 5, now=now)
    assert listed() == []
    with statements() as seen:
        assert mutes.restore(username="emil", muted=[*former, *former], now=now) == 12
    assert len([it for it in seen if it.startswith("INSERT INTO mute ")]) == 1
    assert {name for _what, name, _until in listed()} == set(names)


def test_nobody_ends_another_s(world, mute, listed):
    muted, _before = mute()
    with pytest.raises(Missing):
        mutes.unmute(username="edith", id=muted.id, now=world.clock.now())
    assert mutes.unmute_all(username="edith", now=world.clock.now()) == []
    assert len(listed()) == 1


@pytest.mark.parametrize(
    ("thing", "error"),
    [
        ((What.CHANNEL, "no.such"), Missing),
        ((What.CHANNEL, "\0"), Missing),
        ((What.SENDER, "nobody"), Missing),
        ((What.SENDER, "emil"), Conflict),
    ],
)
def test_what_cannot_be_muted(mute, listed, thing, error):
    with pytest.raises(error):
        mute(thing)
    assert listed() == []


def test_neither_what_is_required_nor_what_has_passed(world, mute, listed):
    with pytest.raises(Conflict):
        mute(hours=-1)
    assert mutes.offered() == {"team.news": "Team.News"}
    world.execute(update(Channel).values(required=True))
    with pytest.raises(Conflict):
        mute()
    assert (listed(), mutes.offered()) == ([], {})


@pytest.mark.parametrize(
    ("lasts", "until"),
    [
        (Lasts.HOUR, "2026-03-28T23:30Z"),
        (Lasts.TOMORROW, "2026-03-29T06:00Z"),  # the clocks go forward that night
        (Lasts.WEEK, "2026-04-04T22:30Z"),
        (Lasts.FOR_GOOD, None),
    ],
)
@pytest.mark.one_database
def test_for_how_long(lasts, until):
    now = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
    assert mutes.ends(lasts, tz="Europe/Berlin", now=now) == (datetime.fromisoformat(until) if until else None)
