"""Channels: what may be made, what may be changed, and who was faster."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.layouts import two_layouts
from tests.support.subscribers import subscriber
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.domain.role import Role
from webapp.models.audit import AuditEvent
from webapp.models.delivery import Delivery
from webapp.models.policy import Policy
from webapp.services.posting import channels

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def add(clock):
    def make(name="news.releases", title="Releases", **options):
        options = ChannelOptions(title=title, **options)
        return channels.add(name=name, options=options, by="ada", now=clock.now())

    return make


@pytest.fixture
def edit(clock):
    def change(view, **options):
        wanted = ChannelOptions(**view.told() | options)
        return channels.edit(name=view.name, version=view.version, options=wanted, by="olaf", now=clock.now())

    return change


def problems(call, *args, **kwargs) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.problems


def test_a_channel_is_made_with_its_defaults(add):
    made = add()
    assert made == channels.get(name="news.releases")
    assert (made.media, made.immediate, made.version, made.description) == (("email",), False, 1, "")


def test_a_retry_policy_must_be_there(add):
    assert add(policy="kazoo").name == "news.releases"
    assert "no retry policy named “never”" in problems(add, "ops.db", policy="never")["policy"]
    assert [view.name for view in channels.listed()] == ["news.releases"]


def test_what_a_policy_lets_expire_before_the_channel_is_tried_is_refused(world, add, edit):
    world.execute(update(Policy).where(Policy.name == "kazoo").values(ttl_s=3600.0))
    assert "lives for 3600 seconds" in problems(add, policy="kazoo", every_s=3600)["policy"]
    longer = add(policy="kazoo", every_s=3600, ttl_s=7200)
    assert list(problems(edit, longer, ttl_s=None)) == ["policy"]
    assert edit(longer, ttl_s=None, every_s=1800).every_s == 1800


def test_whether_a_policy_is_there_draws_no_other(world, add, monkeypatch):
    monkeypatch.setattr("webapp.services.posting.channels.preview", pytest.fail)
    add()


def test_they_are_listed_by_name(add):
    for name in ("ops.pager", "news.releases", "ops.db"):
        add(name)
    assert [view.name for view in channels.listed()] == ["news.releases", "ops.db", "ops.pager"]


def test_media_keep_their_order_through_every_change(add, edit):
    view = add(media=("sms", "email"))
    for media in (("email", "sms"), ("sms",), ("email", "sms"), (), ("sms", "email")):
        view = edit(view, media=media)
        assert channels.get(name=view.name).media == media


@pytest.mark.parametrize(
    "name", ["news", "", "News.releases", "news.", ".news", "news..x", "news.ré", "a.b c", "a.b\n", "a." + "x" * 49]
)
def test_a_name_that_is_none_is_refused(add, name):
    assert list(problems(add, name)) == ["name"]
    assert channels.listed() == []


def test_the_longest_name_is_fine(add):
    assert add("a." + "x" * 48).name == "a." + "x" * 48


def test_a_name_is_taken_once(add):
    add()
    assert "already" in problems(add)["name"]
    assert len(channels.listed()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 101),
        ("title", "a\u2028b"),
        ("description", "x" * 501),
        ("description", "a\nb"),
        ("media", ("webhook",)),
        ("media", ("email", "email")),
        ("media", ("pigeon",)),
        ("every_s", -1),
        ("ttl_s", 0.5),
        ("keep_months", 0),
        ("policy", "never"),
        ("formatter", "fancy"),
        ("posters", ("nobody-here",)),
        ("posters", ("role:king",)),
        ("filter_keys", ("a b",)),
    ],
)
def test_what_makes_no_sense_is_refused_by_name_of_the_field(add, edit, field, value):
    view = add()
    assert list(problems(add, "other.one", **{field: value})) == [field]
    assert list(problems(edit, view, **{field: value})) == [field]
    assert channels.listed() == [view]


def test_whoever_comes_second_is_told_who_was_first(add, edit):
    seen = add()
    edit(seen, title="Releases, weekly")
    with pytest.raises(Conflict, match="olaf changed this"):
        edit(seen, title="Mine")
    assert channels.get(name=seen.name).title == "Releases, weekly"
    assert channels.get(name=seen.name).version == 2


def test_what_is_not_there_is_missing(add, edit):
    view = add()
    with pytest.raises(Missing):
        channels.get(name="no.such")
    with pytest.raises(Missing):
        edit(replace(view, name="no.such"))


def test_each_change_is_in_the_audit(add, edit, session):
    edit(add(), title="Other", immediate=True)
    first, second = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert (first.who, first.what, first.target) == ("ada", "channel added", "channel:news.releases")
    assert (second.who, second.what) == ("olaf", "channel changed")
    assert second.before["title"] == "Releases"
    assert second.after == second.before | {"title": "Other", "immediate": True}
    assert set(second.after) == set(ChannelOptions(title="").told())


def test_only_those_that_a_person_may_post_on_are_offered(world):
    world.channel("team.closed", posters=[])
    world.channel("team.ops", posters=["role:operator"])
    for role, offered in ((Role.EDITOR, ["team.news"]), (Role.ADMIN, ["team.news", "team.ops"])):
        assert [view.name for view in channels.open_to(username="x", role=role)] == offered


def test_what_there_is_to_choose_from():
    there = channels.choices()
    assert there.formatters["plain"] == "Plain: each message by itself"
    assert list(there.policies) == ["kazoo", "open-notificaties", "optimizely", "zitadel"]
    assert there.policies["optimizely"].values == {"n": 4, "time": timedelta(seconds=3960)}


def test_all_that_is_wrong_is_said_at_once(add):
    told = problems(add, "undotted", title="", policy="never", formatter="fancy", posters=("nobody-here",))
    assert set(told) == {"name", "title", "policy", "formatter", "posters"}
    assert "“fancy”. There are: " in told["formatter"]
    assert told["posters"] == "There is nobody named “nobody-here”."


def test_people_who_are_there_may_be_named(world, add):
    assert add(posters=("emil", "role:operator")).posters == ("emil", "role:operator")


def test_a_formatter_that_was_chosen_settles_it_and_lets_go_what_was_held(world, edit):
    with two_layouts("team.*"):
        world.channel("team.other")
        world.post()
        world.post(channel="team.other")
        world.execute(update(Delivery).values(state="held", reason="AMBIGUOUS_FORMATTER"))
        seen = channels.get(name="team.news")
        assert (seen.ambiguous, seen.formatters) == (True, ("first", "second"))
        edit(seen, title="Still unsettled")
        assert world.states() == ["held", "held"]
        settled = edit(channels.get(name="team.news"), formatter="second")
    assert (settled.ambiguous, settled.formatters) == (False, ("second",))
    [released] = world.rows(channel_id=seen.id)
    assert (released.state, released.reason) == ("queued", None)
    assert sorted(world.states()) == ["held", "queued"]
    assert world.ledger(released.id)[-1].by == "olaf"


# --- what subscribers ask for ---------------------------------------------------------------------------------------


def test_a_key_that_a_filter_asks_for_stays(world):
    def edit(*keys):
        seen = channels.get(name="team.news")
        told = replace(ChannelOptions(title="News"), filter_keys=keys)
        return channels.edit(name=seen.name, version=seen.version, options=told, by="ada", now=world.clock.now())

    edit("source", "messageType")
    for name in ("archive", "beta"):
        subscriber(world, name=name, filters={"team.news": {"message_type": "a"}})
    with pytest.raises(Refused) as caught:
        edit("source")
    assert caught.value.problems == {
        "filter_keys": "“message_type” is asked for by the filters of archive, beta: change those first."
    }
    assert channels.get(name="team.news").filter_keys == ("source", "messageType")
    assert edit("messageType").filter_keys == ("messageType",)
