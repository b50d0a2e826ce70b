"""What a link in a message shows and changes."""

from datetime import time

import pytest
from sqlalchemy import select, update

from webapp.domain.digest import Digest
from webapp.domain.refusal import Conflict, Missing
from webapp.models.audit import AuditEvent
from webapp.models.channel import Channel
from webapp.models.user import User
from webapp.models.wishes import Preference
from webapp.services.people import subscriptions
from webapp.tokens import Subscription

EMIL = Subscription("emil", "team.news", "email")


@pytest.fixture
def change(world):
    def act(wanted, subscription=EMIL):
        now = world.clock.now()
        return subscriptions.change(subscription=subscription, wanted=wanted, ip="192.0.2.1", now=now)

    return act


def audited(world):
    world.session.rollback()
    return world.session.execute(select(AuditEvent.who, AuditEvent.what, AuditEvent.before, AuditEvent.after)).all()


def test_whoever_said_nothing_gets_it(world):
    it = subscriptions.get(subscription=EMIL)
    assert (it.display_name, it.address, it.channel, it.medium) == ("Emil", "e…@example.com", "Team.News", "email")
    assert (it.wanted, it.required) == (True, False)


def test_off_and_on_again_is_kept_and_told(world, change):
    assert change(False).wanted is False
    assert subscriptions.get(subscription=EMIL).wanted is False
    assert change(True).wanted is True
    about = {"channel": "team.news", "medium": "email", "digest": None}
    assert audited(world) == [
        ("emil", "preference changed", {**about, "wanted": was}, {**about, "wanted": not was}) for was in (True, False)
    ]
    [event] = world.session.scalars(select(AuditEvent).limit(1))
    assert (event.target, event.reason, event.ip) == ("user:emil", "by the link in a message", "192.0.2.1")


def test_a_second_time_changes_nothing_more(world, change):
    change(False)
    change(False)
    assert len(audited(world)) == 1


def test_less_often_and_off_and_as_it_was(world, change):
    daily = Digest(time(8))
    now = world.clock.now()
    spaced = subscriptions.space_out(subscription=EMIL, digest=daily, ip=None, now=now)
    assert (spaced.wanted, spaced.digest) == (True, daily)
    change(False)
    back = change(True)
    assert (back.wanted, back.digest) == (True, daily)
    assert subscriptions.space_out(subscription=EMIL, digest=None, ip=None, now=now).digest is None
    told = [(after["wanted"], after["digest"]) for _who, _what, _before, after in audited(world)]
    assert told == [(True, "daily 08:00"), (False, "daily 08:00"), (True, "daily 08:00"), (True, None)]


def test_only_this_person_channel_and_medium(world, change):
    world.channel("team.other", "email", "sms")
    change(False, Subscription("emil", "team.other", "email"))
    world.session.rollback()
    found = select(User.username, Channel.name, Preference.medium).select_from(Preference)
    found = found.join(User, User.id == Preference.user_id).join(Channel, Channel.id == Preference.channel_id)
    rows = world.session.execute(found).all()
    assert rows == [("emil", "team.other", "email")]


def test_a_required_channel_stays(world, change):
    world.execute(update(Channel).values(required=True))
    with pytest.raises(Conflict):
        change(False)
    with pytest.raises(Conflict):
        subscriptions.space_out(subscription=EMIL, digest=Digest(), ip=None, now=world.clock.now())
    assert subscriptions.get(subscription=EMIL).required
    assert audited(world) == []


def test_a_phone_is_masked_too(world):
    world.execute(update(User).where(User.username == "emil").values(phone="+4915112345678"))
    assert subscriptions.get(subscription=Subscription("emil", "team.news", "sms")).address == "+49…78"


@pytest.mark.parametrize(
    "nobody", [None, Subscription("nobody", "team.news", "email"), Subscription("emil", "no.such", "email")]
)
def test_what_is_not_there(world, change, nobody):
    for ask in (lambda: subscriptions.get(subscription=nobody), lambda: change(False, nobody)):
        with pytest.raises(Missing):
            ask()
