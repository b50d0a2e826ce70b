"""Subscribers made and changed: what is refused, what is kept, and what the callback check has to say."""

import pytest
from sqlalchemy import select

from tests.services.subscribers.conftest import EVERYTHING, PASSED, TOKEN
from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.subscriber import Subscriber
from webapp.services.subscribers import subscriber_setup
from webapp.services.subscribers.checks import CheckFailed
from webapp.services.subscribers.subscriber_setup import Subscription


def groups(view):
    return {one.channel: list(one.groups) for one in view.channels}


def test_a_new_one_is_there_with_a_key_that_is_told_once(save, get, vault):
    saved = save()
    assert saved.made["signing_key"].startswith("whsec_")
    view = get()
    assert (view.name, view.host, view.policy, view.active) == (
        "archive",
        "archive.example",
        "open-notificaties",
        False,
    )
    assert (view.secrets, view.version, groups(view)) == (("secret", "signing_key"), 1, {"team.news": [{}]})
    opened = vault.open(db.session.scalars(select(Subscriber.secrets)).one())
    assert opened == {"secret": TOKEN, "signing_key": saved.made["signing_key"]}


def test_no_secret_is_anywhere_but_sealed(save, edit):
    saved = save()
    edit(saved.subscriber, {"timeout": "5"})
    key = saved.made["signing_key"]
    events = db.session.scalars(select(AuditEvent)).all()
    everything = repr([(event.before, event.after) for event in events]) + repr(saved)
    assert TOKEN not in everything
    assert key not in everything
    assert [event.what for event in events] == ["subscriber added", "subscriber changed"]


@pytest.mark.parametrize(
    ("told", "field", "words"),
    [
        ({"name": ""}, "name", "Letters"),
        ({"name": "new"}, "name", "cannot be"),
        ({"name": "two words"}, "name", "Letters"),
        ({"name": "x" * 51}, "name", "50"),
        ({"url": ""}, "url", "fill"),
        ({"policy": "none such"}, "policy", "no retry policy named “none such”"),
        ({"channels": (Subscription("no.such"),)}, "filters.no.such", "no channel named “no.such”"),
        ({"channels": (Subscription("a\0.b"),)}, "filters.a\0.b", "no channel"),
        ({"channels": (Subscription("belfry.states", ({},)),)}, "filters.belfry.states", "the poster it is about"),
        ({"channels": (Subscription("team.news", ({"source": "1"},)),)}, "filters.team.news", "It has none"),
        ({"channels": (Subscription("team.news", ({},) * 21),)}, "filters.team.news", "At most 20 groups"),
        ({"channels": tuple(Subscription(f"a.{n}") for n in range(201))}, "filters", "At most 200 channels"),
        ({"waive": "two\nlines"}, "why", ""),
    ],
)
def test_what_is_refused(save, problems, told, field, words):
    assert words in problems(save, **told)[field]
    assert db.session.scalars(select(Subscriber)).all() == []


def test_a_key_that_the_channel_does_not_have_names_those_it_has(save, problems, keys):
    keys("source", "messageType")
    wanted = (Subscription("team.news", ({"colour": "red"},)),)
    sentence = problems(save, channels=wanted)["filters.team.news"]
    assert sentence == "“colour” is no filter key of this channel. Its filter keys are source, messageType."


def test_keys_are_kept_as_the_channel_writes_them_and_a_channel_once(save, keys):
    keys("source", "messageType")
    wanted = (Subscription("team.news", ({"message_type": "a"},)), Subscription("team.news", ({"source": "1"}, {})))
    assert groups(save(channels=wanted).subscriber) == {"team.news": [{"messageType": "a"}, {"source": "1"}, {}]}


def test_a_name_is_given_once(save, problems):
    save()
    assert "already" in problems(save)["name"]


def test_names_are_in_order_and_one_that_is_not_there_is_missing(save, get, vault):
    save("beta")
    save("alpha")
    assert [view.name for view in subscriber_setup.overview(vault=vault)] == ["alpha", "beta"]
    with pytest.raises(Missing):
        get("gamma")


# --- changing ---------------------------------------------------------------------------------------------------------


def test_a_blank_secret_stays(save, edit, vault):
    before = save()
    edit(before.subscriber, {"timeout": "7"}, channels=(), policy="kazoo")
    row = db.session.scalars(select(Subscriber)).one()
    assert vault.open(row.secrets) == {"secret": TOKEN, "signing_key": before.made["signing_key"]}
    assert (row.settings["timeout"], row.policy.name, row.version) == (7, "kazoo", 2)


def test_another_address_asks_for_the_secret_again(save, edit, problems):
    view = save().subscriber
    assert "Address has changed" in problems(edit, view, {"url": "https://other.example/"})["secret"]
    assert edit(view, {"url": "https://other.example/", "secret": "new"}).host == "other.example"


def test_who_is_slower_is_told_who_was_faster(save, edit):
    view = save().subscriber
    edit(view)
    with pytest.raises(Conflict, match="olaf"):
        edit(view)


def test_a_change_of_channels_is_in_the_audit(save, edit):
    edit(save().subscriber, channels=())
    changed = db.session.scalars(select(AuditEvent).where(AuditEvent.what == "subscriber changed")).one()
    assert (changed.before["channels"], changed.after["channels"]) == ({"team.news": [{}]}, {})


# --- the check --------------------------------------------------------------------------------------------------------


def test_one_that_is_to_be_on_is_checked_first(save, web):
    server = web(PASSED)
    view = save(url=server.url(), active=True).subscriber
    assert (view.active, view.check_passed, view.waived) == (True, True, None)
    assert [step["status"] for step in view.check_steps] == PASSED
    assert len(server.requests) == 2


def test_a_check_that_fails_saves_nothing(save, web):
    with pytest.raises(CheckFailed) as caught:
        save(url=web([200, 200]).url(), active=True)
    assert "The check failed. Without credentials: Taken" in caught.value.problems["why"]
    assert [step.ok for step in caught.value.checked.steps] == [False, True]
    assert db.session.scalars(select(Subscriber)).all() == []


def test_unless_there_is_a_reason_which_is_kept(save, web, told):
    view = save(url=web([200, 200]).url(), active=True, waive="It stands behind a wall.").subscriber
    assert (view.active, view.check_passed, view.waived) == (True, False, "It stands behind a wall.")
    assert told() == [("subscriber added", "ada", "It stands behind a wall.")]


def test_one_that_is_off_is_asked_nothing(save, web):
    server = web(PASSED)
    view = save(url=server.url()).subscriber
    assert (view.check_passed, view.checked_at, view.off_why, view.off_by) == (None, None, "person", "ada")
    assert server.requests == []


@pytest.mark.parametrize(("raw", "asked"), [({"timeout": "7"}, 2), ({"secret": "another"}, 4), ({"auth": "basic"}, 4)])
def test_it_is_asked_again_where_it_is_asked_otherwise(save, edit, web, raw, asked):
    server = web(PASSED * 2)
    more = {"username": "belfry"} if "auth" in raw else {}
    view = save(url=server.url(), active=True).subscriber
    assert edit(view, raw | more).check_passed is True
    assert len(server.requests) == asked


def test_an_edit_that_fails_its_check_changes_nothing(save, edit, get, web):
    view = save(url=web([*PASSED, 401, 500]).url(), active=True).subscriber
    with pytest.raises(CheckFailed, match="As Belfry sends"):
        edit(view, {"secret": "another"})
    assert (get().version, get().check_passed) == (1, True)


def test_of_one_that_is_off_a_change_makes_the_last_check_void(save, edit, web, world):
    server = web(PASSED)
    view = save(url=server.url(), active=True).subscriber
    from webapp.services.subscribers import life

    life.switch_off(name="archive", by="ada", now=world.clock.now())
    assert edit(view, {"secret": "another"}, EVERYTHING).check_passed is None
    assert len(server.requests) == 2
