"""Channels as rows: what is kept, in which order, and that nobody overwrites what changed."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError, NoResultFound

from tests.support.presets import PRESETS
from webapp.database import writing
from webapp.domain.channel_options import ChannelOptions
from webapp.models import channel as channels
from webapp.models.policy import Policy

OPTIONS = ChannelOptions(title="News")


@pytest.fixture
def add(session):
    def make(name="a.b", **options):
        with writing(session) as open_session:
            return channels.add(open_session, name=name, options=replace(OPTIONS, **options)).name

    return make


def test_the_presets_are_there(session):
    kept = {policy.name: policy.as_word() for policy in session.query(Policy)}
    assert kept == {policy.name: policy for policy in PRESETS}


def test_one_is_found_by_its_name_and_all_in_order(add, session):
    add("c.d")
    add("a.b")
    assert [channel.name for channel in channels.listed(session)] == ["a.b", "c.d"]
    assert channels.named(session, "c.d").policy.name == "optimizely"
    assert channels.named(session, "no.such") is None


@pytest.mark.parametrize("name", ["a.b", "undotted", ".b", "a."])
def test_the_database_itself_refuses_a_bad_or_taken_name(add, name):
    add("a.b")
    with pytest.raises(IntegrityError):
        add(name)


ALL = ChannelOptions(
    title="News", description="All of it.", media=("sms",), immediate=False, every_s=900, formatter="plain",
    policy="kazoo", ttl_s=7200.5, keep_months=6, required=True, at_most_once=True, posters=("role:operator", "ada"),
    filter_keys=("source",),
)  # fmt: skip


@pytest.mark.parametrize(("options", "others"), [(ALL, OPTIONS), (OPTIONS, ALL)])
def test_every_option_is_kept_and_changed(session, options, others):
    with writing(session) as open_session:
        channels.add(open_session, name="a.b", options=options)
    for version, wanted in ((None, options), (1, others)):
        if version:
            with writing(session) as open_session:
                channels.change(open_session, name="a.b", version=version, options=wanted)
        kept = channels.named(session, "a.b")
        columns = {name: getattr(kept, name) for name in wanted.told() if name not in {"media", "policy"}}
        columns |= {"media": [row.medium for row in kept.media], "policy": kept.policy.name}
        lists = {"posters": wanted.posters and list(wanted.posters), "filter_keys": list(wanted.filter_keys) or None}
        assert columns == wanted.told() | {"media": list(wanted.media)} | lists


def test_there_must_be_such_a_policy(add):
    with pytest.raises(NoResultFound):
        add(policy="never")


def test_media_are_moved_added_and_dropped(add, session):
    name = add(media=("email", "sms"))
    for version, media in enumerate((("sms", "email"), ("sms",), (), ("email", "sms")), start=1):
        with writing(session) as open_session:
            assert channels.change(open_session, name=name, version=version, options=replace(OPTIONS, media=media))
        assert tuple(row.medium for row in channels.named(session, name).media) == media


def test_only_the_version_that_was_seen_is_changed(add, session):
    name = add()
    with writing(session) as open_session:
        assert channels.change(open_session, name=name, version=2, options=OPTIONS) is None
        assert channels.change(open_session, name=name, version=1, options=replace(OPTIONS, title="Other")).version == 2
    with writing(session) as open_session:
        assert channels.change(open_session, name=name, version=1, options=OPTIONS) is None
    assert channels.named(session, name).title == "Other"
