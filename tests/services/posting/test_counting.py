"""The count before a post: for each number the people behind it, in no more words than a sender may read."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from tests.domain.worlds import WORLDS
from webapp.domain.message import NotificationMessage
from webapp.domain.reason import Reason
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification
from webapp.models.provider import Provider
from webapp.models.user import User
from webapp.services.posting import counting
from webapp.services.posting.counting import OUTLOOKS, Outlook

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest.fixture
def count(world):
    """``count("emil", …)``: of a draft that Max is writing."""
    sender_id = world.person("max")

    def of(*to, channel="team.news", **different):
        usual = {"subject": "", "body": ""}
        message = NotificationMessage(channel=channel, recipients=to, **usual | different)
        return counting.count(message=message, sender_id=sender_id, now=world.clock.now())

    return of


def lines(counted):
    return [(line.medium, line.outlook, [who.username for who in line.people]) for line in counted.lines]


def test_one_gets_mail_and_one_has_turned_it_off(world, count):
    world.prefer("emil", wanted=False)
    counted = count("emil", "edith", "emil")
    assert [who.username for who in counted.people] == ["emil", "edith"]
    assert lines(counted) == [("email", Outlook.GOES, ["edith"]), ("email", Outlook.UNWANTED, ["emil"])]
    assert (world.count(Message), world.count(Delivery)) == (0, 0)


def test_it_is_for_those_whom_the_post_is_for_in_the_same_order(world, count):
    for name, role in (("zoe", "editor"), ("ann", "operator"), ("bea", "editor"), ("gone", "operator")):
        world.person(name, role=role, active=name != "gone")
    to, roles = ("bea", "emil", "bea"), ("operator", "editor")
    counted = [who.username for who in count(*to, roles=roles).people]
    world.post(*to, roles=roles)
    copies = select(User.username).join(UserNotification, UserNotification.user_id == User.id)
    assert set(counted) == set(world.session.scalars(copies))
    assert counted[:3] == ["bea", "emil", "ann"]
    assert len(counted) == len(set(counted))


def test_what_they_chose_is_never_told_apart(world, count):
    people = [f"bo{number}" for number in range(6)]
    for name in people:
        world.person(name)
    world.prefer("bo0", wanted=False)
    world.mute("bo1", channel="team.news")
    world.mute("bo2", sender="max")
    world.prefer("bo3", digest="daily 17:00")
    world.quiet("bo4", *(f"{day} 00:00-00:00" for day in WEEK))
    world.execute(update(User).where(User.username == "bo5").values(unread_after_s=60))
    assert lines(count(*people)) == [("email", Outlook.LATER, people[3:]), ("email", Outlook.UNWANTED, people[:3])]


def test_each_medium_in_the_channel_s_order(world, count):
    world.channel("team.both", "sms", "email")
    world.person("ines", phone="+3531")
    world.person("left", active=False)
    world.execute(update(User).where(User.username == "emil").values(email=None))
    assert lines(count("emil", "ines", "left", channel="team.both")) == [
        ("sms", Outlook.NO_ADDRESS, ["emil"]),
        ("sms", Outlook.UNVERIFIED, ["ines"]),
        ("sms", Outlook.INACTIVE, ["left"]),
        ("email", Outlook.GOES, ["ines"]),
        ("email", Outlook.NO_ADDRESS, ["emil"]),
        ("email", Outlook.INACTIVE, ["left"]),
    ]


def test_where_nothing_is_set_up_to_send_it_that_is_trouble(world, count):
    world.execute(update(Provider).values(role="inactive"))
    [line] = count("emil").lines
    assert (line.outlook, line.outlook.is_trouble) == (Outlook.HELD, True)


def test_it_is_decided_when_it_is_first_tried(world, count):
    now = world.clock.now()
    world.quiet("emil", *(f"{day} 12:00-13:00" for day in WEEK))
    at = now.replace(hour=12, minute=20) + timedelta(days=1)
    assert lines(count("emil", at=at)) == [("email", Outlook.LATER, ["emil"])]
    world.execute(update(Channel).values(every_s=3600))
    counted = count("emil", at=at)
    assert (counted.visible_at, counted.first_try) == (at, at + timedelta(minutes=40))
    assert lines(counted) == [("email", Outlook.GOES, ["emil"])]


def test_who_wants_a_digest_before_the_first_try_gets_it_later(world, count):
    world.execute(update(Channel).values(every_s=14400))
    world.prefer("emil", digest="daily 10:30")
    assert lines(count("emil", at=world.clock.now() + timedelta(minutes=1))) == [("email", Outlook.LATER, ["emil"])]


def test_who_is_unknown_is_not_counted_and_roles_are(world, count):
    assert [who.username for who in count("nobody", "emil").people] == ["emil"]
    world.person("ada", role="admin")
    world.person("gone", role="admin", active=False)
    assert [who.username for who in count("emil", roles=("admin",)).people] == ["emil", "ada"]


@pytest.mark.parametrize(
    "draft",
    [(("emil",), {"channel": "no.such"}), ((), {}), (("nobody",), {}), (("emil",), {"ttl_s": -1.0}),
     (("emil",), {"at": datetime(9999, 12, 31, tzinfo=UTC)})],
    ids=["channel", "nobody", "a stranger", "ttl", "time"],
)  # fmt: skip
def test_there_may_be_nothing_to_count(count, draft):
    to, different = draft
    assert count(*to, **different) is None


def test_every_reason_of_a_decision_has_an_outlook():
    assert OUTLOOKS.keys() == {world.reason for world in WORLDS}


def test_an_outlook_tells_no_more_than_the_words_of_its_reasons():
    told = {}
    for reason, outlook in OUTLOOKS.items():
        if outlook is not Outlook.HELD and reason not in (None, Reason.NOT_YET, Reason.ALREADY_READ):
            told.setdefault(outlook, set()).add(reason.words.for_sender)
    assert all(len(sentences) == 1 for sentences in told.values())


@pytest.mark.one_database
def test_an_address_that_cannot_be_looked_up_is_trouble_of_its_own(count, resolver):
    resolver("desk", lambda person: 1 // 0)
    [line] = count("emil").lines
    assert (line.outlook, line.outlook.is_trouble) == (Outlook.UNRESOLVED, True)


def test_ten_thousand_people_cost_few_statements(world, count, statements):
    crowd = world.crowd(10_000)
    world.prefer("p00007", wanted=False)
    with statements() as asked:
        counted = count(*crowd)
    assert [len(line.people) for line in counted.lines] == [9_999, 1]
    assert len(asked) <= 4 + 10 * 2
