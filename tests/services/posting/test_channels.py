"""Channels: what may be made, what may be changed, and who was faster."""

import pytest
from sqlalchemy import select

from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.domain.role import Role
from webapp.models.audit import AuditEvent
from webapp.services.posting import channels

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def add(clock):
    def make(name="news.releases", title="Releases", **options):
        return channels.add(name=name, title=title, by="ada", now=clock.now(), **options)

    return make


@pytest.fixture
def edit(clock):
    def change(view, **options):
        told = {"title": view.title, "description": view.description, "media": view.media, "immediate": view.immediate}
        return channels.edit(name=view.name, version=view.version, by="olaf", now=clock.now(), **told | options)

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
    assert "no retry policy" in problems(add, "ops.db", policy="never")["policy"]
    assert [view.name for view in channels.listed()] == ["news.releases"]


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
        channels.edit(**{**_all(view), "name": "no.such"}, by="ada", now=None)


def _all(view):
    return {field: getattr(view, field) for field in ("name", "title", "description", "media", "immediate", "version")}


def test_each_change_is_in_the_audit(add, edit, session):
    edit(add(), title="Other", immediate=True)
    first, second = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert (first.who, first.what, first.target) == ("ada", "channel added", "channel:news.releases")
    assert (second.who, second.what) == ("olaf", "channel changed")
    assert second.before["title"] == "Releases"
    assert second.after == {"title": "Other", "description": "", "media": ["email"], "immediate": True}


def test_only_those_that_a_person_may_post_on_are_offered(world):
    world.channel("team.closed", posters=[])
    world.channel("team.ops", posters=["role:operator"])
    for role, offered in ((Role.EDITOR, ["team.news"]), (Role.ADMIN, ["team.news", "team.ops"])):
        assert [view.name for view in channels.open_to(username="x", role=role)] == offered
