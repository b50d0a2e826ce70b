"""Channels as rows: what is kept, in which order, and that nobody overwrites what changed."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.support.presets import PRESETS
from webapp.database import writing
from webapp.models import channel as channels
from webapp.models.policy import Policy

OPTIONS = {"title": "News", "description": "", "media": ("email",), "immediate": False}


@pytest.fixture
def add(session):
    def make(name="a.b", **options):
        with writing(session) as open_session:
            return channels.add(open_session, name=name, policy="optimizely", **OPTIONS | options).name

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


def test_media_are_moved_added_and_dropped(add, session):
    name = add(media=("email", "sms"))
    for version, media in enumerate((("sms", "email"), ("sms",), (), ("email", "sms")), start=1):
        with writing(session) as open_session:
            assert channels.change(open_session, name=name, version=version, **OPTIONS | {"media": media})
        assert tuple(row.medium for row in channels.named(session, name).media) == media


def test_only_the_version_that_was_seen_is_changed(add, session):
    name = add()
    with writing(session) as open_session:
        assert channels.change(open_session, name=name, version=2, **OPTIONS) is None
        assert channels.change(open_session, name=name, version=1, **OPTIONS | {"title": "Other"}).version == 2
    with writing(session) as open_session:
        assert channels.change(open_session, name=name, version=1, **OPTIONS) is None
    assert channels.named(session, name).title == "Other"
