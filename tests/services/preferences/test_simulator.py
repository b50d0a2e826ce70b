"""What one would get, and that it is what one gets."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import update

from webapp.domain.decision import Action
from webapp.domain.digest import Digest
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.models.channel import Channel
from webapp.models.user import User
from webapp.services.preferences import grid, mutes, simulator, times
from webapp.services.preferences.mutes import Wanted, What


@pytest.fixture
def ask(world):
    """Emil lives in Berlin; it is by his time."""
    world.execute(update(User).where(User.username == "emil").values(tz="Europe/Berlin"))

    def simulate(at=None, *, sender="edith", channel="team.news"):
        now = world.clock.now()
        asked = {"sender": sender, "channel": channel, "at": at or now, "now": now}
        return simulator.simulate(username="emil", **asked)

    return simulate


def steps(it):
    [course] = it.courses
    return [(step.action.value, step.reason, step.until) for step in course.steps]


def test_at_once(world, ask):
    it = ask()
    assert (it.sender, it.channel, it.visible_at) == ("Edith", "Team.News", world.clock.now())
    assert steps(it) == [("send", None, None)]


def test_one_wait_leads_to_the_next(world, ask):
    """Unread for an hour, then the digest of the evening, which lies in quiet hours."""
    now, news = world.clock.now(), {"channel": "team.news", "medium": "email"}
    times.mail_unread(username="emil", after_s=3600, now=now)
    grid.choose(username="emil", **news, wanted=True, digest=Digest(time(23)), now=now)
    hours = [QuietHours.read(f"{day} 22:00-07:00") for day in ("fri", "sat", "sun")]
    times.keep_quiet(username="emil", hours=hours, now=now)
    at = datetime(2027, 3, 27, 9, tzinfo=UTC)  # a Saturday; the clocks go forward in the night that follows
    unread, evening = at + timedelta(hours=1), datetime(2027, 3, 27, 22, tzinfo=UTC)
    morning = datetime(2027, 3, 28, 5, tzinfo=UTC)
    assert steps(ask(at)) == [
        ("wait", Reason.IF_UNREAD, unread),
        ("wait", Reason.DIGESTED, evening),
        ("wait", Reason.QUIET_HOURS, morning),
        ("send", None, None),
    ]
    assert ask(at).courses[0].end.at == morning


@pytest.mark.parametrize(
    ("wanted", "action", "reason"),
    [
        ({"preference": False}, Action.FILTER, Reason.PREF_OFF),
        ({"muted": (What.SENDER, "edith")}, Action.FILTER, Reason.MUTED),
        ({"muted": (What.CHANNEL, "team.news")}, Action.FILTER, Reason.MUTED),
        ({"address": None}, Action.FILTER, Reason.NO_ADDRESS),
    ],
)
def test_why_nothing_would_be_sent(world, ask, wanted, action, reason):
    now = world.clock.now()
    if "preference" in wanted:
        world_choice = {"username": "emil", "channel": "team.news", "medium": "email"}
        grid.choose(**world_choice, wanted=False, digest=None, now=now)
    if "muted" in wanted:
        mutes.mute(username="emil", wanted=Wanted(wanted["muted"][0], wanted["muted"][1], None), now=now)
    if "address" in wanted:
        world.execute(update(User).values(email=None))
    assert steps(ask()) == [(action.value, reason, None)]
    world.execute(update(Channel).values(required=True))
    needed = steps(ask())
    assert ask().required
    assert needed == ([("filter", reason, None)] if "address" in wanted else [("send", None, None)])


def test_what_the_past_and_anybody_mean(world, ask):
    mutes.mute(username="emil", wanted=Wanted(What.SENDER, "edith", None), now=world.clock.now())
    it = ask(world.clock.now() - timedelta(days=1), sender=None)
    assert (it.sender, it.visible_at, steps(it)) == (None, world.clock.now(), [("send", None, None)])


def test_a_mute_that_is_over_by_then(world, ask):
    until = world.clock.now() + timedelta(hours=1)
    mutes.mute(username="emil", wanted=Wanted(What.SENDER, "edith", until), now=world.clock.now())
    assert steps(ask(until)) == [("send", None, None)]


def test_what_would_expire_first(world, ask):
    world.execute(update(Channel).values(ttl_s=600.0))
    times.mail_unread(username="emil", after_s=3600, now=world.clock.now())
    assert steps(ask()) == [("cancel", Reason.EXPIRED, None)]


def test_nobody_sends_it(bare_world):
    bare_world.person("emil")
    bare_world.channel()
    now = bare_world.clock.now()
    it = simulator.simulate(username="emil", sender=None, channel="team.news", at=now, now=now)
    assert steps(it) == [("hold", Reason.NO_PROVIDER, None)]


def test_a_channel_that_batches_is_first_tried_later(world, ask):
    world.execute(update(Channel).values(every_s=86400))
    [course] = ask(datetime(2027, 3, 27, 9, tzinfo=UTC)).courses
    assert course.end.at == datetime(2027, 3, 28, tzinfo=UTC)


@pytest.mark.parametrize(("who", "field"), [({"sender": "nobody"}, "sender"), ({"channel": "no.such"}, "channel")])
def test_what_is_not_there(ask, who, field):
    with pytest.raises(Missing) as missing:
        ask(**who)
    assert list(missing.value.problems) == [field]


def test_it_writes_nothing_and_is_what_happens(world, ask):
    times.mail_unread(username="emil", after_s=3600, now=world.clock.now())
    foretold = ask().courses[0].end.at
    assert world.rows() == []
    assert what_happens(world) == ("sent", foretold)


def test_a_digest_before_a_channel_s_batch_leaves_the_post_to_the_next_one(world, ask):
    """Posted at 09:00, first tried at 12:00, and the digest is at 10:30, UTC: else there would be two on a day."""
    now, news = world.clock.now(), {"channel": "team.news", "medium": "email"}
    world.execute(update(Channel).values(every_s=14400))
    grid.choose(username="emil", **news, wanted=True, digest=Digest(time(11, 30)), now=now)
    noon, tomorrow = now + timedelta(hours=3), now + timedelta(days=1, minutes=90)
    [course] = ask(now + timedelta(minutes=1)).courses
    assert (course.steps[0].at, course.steps[0].until, course.end.at) == (noon, tomorrow, tomorrow)
    world.clock.advance(60)
    assert what_happens(world) == ("sent", tomorrow)


def what_happens(world):
    """What becomes of a post to Emil, and when."""
    world.post("emil")
    world.dispatch()
    while world.row.state == "queued":
        world.clock.advance((world.row.due_at - world.clock.now()).total_seconds())
        world.dispatch()
    return world.row.state, world.row.ended_at
