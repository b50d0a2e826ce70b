"""What people want, as rows: the last word counts."""

from datetime import timedelta

import pytest

from webapp.database import reading, writing
from webapp.domain.digest import Digest
from webapp.domain.quiet_hours import QuietHours
from webapp.models import channel as channels
from webapp.models import user as users
from webapp.models import wishes
from webapp.models.wishes import NO_WISHES, Wish, Wishes


@pytest.fixture
def emil(world):
    return users.named(world.session, "emil").id


@pytest.fixture
def edith(world):
    return users.named(world.session, "edith").id


@pytest.fixture
def news(world):
    return channels.named(world.session, "team.news").id


@pytest.fixture
def read(world):
    def all_of(people, streams):
        with reading(world.session) as session:
            return wishes.wishes(session, people, streams)

    return all_of


def test_the_last_word_on_a_preference_counts(world, read, emil, edith, news):
    there = world.channel("team.other")
    for said in ({"wanted": True}, {"digest": "daily 17:00"}, {"wanted": False}):
        world.prefer("emil", **said)
    world.prefer("edith", digest="hourly", channel="team.other", medium="sms")
    assert read([emil, edith], [news, there]).said == {
        (emil, news, "email"): Wish("off"),
        (edith, there, "sms"): Wish("on", Digest.read("hourly")),
    }
    assert read([emil], [there]) == NO_WISHES


def test_quiet_hours_are_written_anew(world, read, emil, edith):
    world.quiet("edith", "sun 00:00-00:00")
    for hours in (("tue 22:00-07:00", "mon 22:00-07:00", "mon 22:00-07:00"), ("wed 12:00-13:00", "mon 22:00-07:00")):
        world.quiet("emil", *hours)
        assert read([emil], []).quiet == {emil: tuple(sorted({QuietHours.read(one) for one in hours}))}
    world.quiet("emil")
    assert read([emil, edith], []).quiet == {edith: (QuietHours.read("sun 00:00-00:00"),)}


def test_the_last_word_on_a_mute_counts_and_what_is_over_is_forgotten(world, read, emil, edith, news):
    now = world.clock.now()
    soon, later = (now + timedelta(hours=hours) for hours in (1, 8))
    for thing, untils in ({"channel_id": news}, (later, soon)), ({"sender_id": edith}, (soon, None)):
        for until in untils:
            with writing(world.session) as session:
                wishes.mute(session, user_id=emil, **thing, until=until, now=now)
    found = read([emil, edith], [news])
    assert (found.muted_channels, found.muted_senders) == ({(emil, news): soon}, {(emil, edith): None})
    with writing(world.session) as session:
        wishes.mute(session, user_id=emil, sender_id=edith, until=None, now=soon)
    assert read([emil], [news]).muted_channels == {}


@pytest.mark.parametrize(
    ("channel_until", "sender_until", "sender", "muted"),
    [
        ({}, {}, 7, (None, None)),
        ({(1, 2): 5}, {}, 7, ("channel", 5)),
        ({(1, 2): 5}, {(1, 7): 6}, 7, ("sender", 6)),
        ({(1, 2): 6}, {(1, 7): 5}, 7, ("channel", 6)),
        ({(1, 2): None}, {(1, 7): 5}, 7, ("channel", None)),
        ({(1, 2): 5}, {(1, 7): None}, 7, ("sender", None)),
        ({(1, 2): None}, {(1, 7): None}, 7, ("channel", None)),
        ({(1, 3): 5, (2, 2): 5}, {(1, 8): 5, (2, 7): 5}, 7, (None, None)),
        ({}, {(1, 7): 6}, None, (None, None)),  # nobody can mute Belfry itself
    ],
)
@pytest.mark.one_database
def test_the_longer_of_two_mutes_is_the_one_that_is_told(world, channel_until, sender_until, sender, muted):
    def moments(hours):
        return {key: hour and world.clock.now() + timedelta(hours=hour) for key, hour in hours.items()}

    found = Wishes(muted_channels=moments(channel_until), muted_senders=moments(sender_until))
    what, hour = muted
    assert found.muted(1, 2, sender) == (what, hour and world.clock.now() + timedelta(hours=hour))
