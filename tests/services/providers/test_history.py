"""The history of a provider: who changed what, by the fields' labels, and no secret in it."""

import pytest
from sqlalchemy import select, update

from tests.services.providers.conftest import PASSWORD, SMTP
from webapp.database import writing
from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.runtime import runtime
from webapp.services.providers import history, keys, life_cycle, provider_trial, tested
from webapp.services.providers.history import Change

pytestmark = pytest.mark.usefixtures("session")


def newest(name="smtp-main"):
    return history.listed(name=name).events[0]


def test_settings_are_told_by_their_labels_from_what_to_what(add, edit, clock):
    view = add()
    clock.advance(60)
    edit(view, SMTP | {"port": "25", "security": "tls", "reply_to": "b@example.com"})
    event = newest()
    assert (event.who, event.at, event.what, event.version) == ("olaf", clock.now(), "provider changed", 2)
    labels = {change.name: (change.label, change.was, change.now) for change in event.changes}
    assert labels["port"] == ("Port", "587", "25")
    assert labels["security"][1:] != ("starttls", "tls")  # but as the form words them
    assert labels["reply_to"][1:] == (None, "b@example.com")
    assert set(labels) == {"port", "security", "reply_to"}


@pytest.mark.parametrize(
    ("begins", "becomes", "fate"),
    [
        ({"password": PASSWORD}, {"password": "another"}, "replaced"),
        ({"password": PASSWORD}, {"auth": "none"}, "removed"),
        ({"auth": "none"}, {"password": "another"}, "set"),
    ],
)
def test_of_a_secret_only_its_fate_is_told(add, edit, begins, becomes, fate):
    edit(add(raw=SMTP | begins), SMTP | becomes)
    assert Change("password", "Password", fate=fate) in newest().changes
    told = str(db.session.execute(select(AuditEvent.before, AuditEvent.after)).all()) + repr(
        history.listed(name="smtp-main")
    )
    assert PASSWORD not in told
    assert "another" not in told


def test_roles_stand_in_it_with_their_reasons_and_keys_without_their_values(signing, add, act, signed):
    view = add("relay", "signing", raw={"host": "a.example"})
    life_cycle.activate(name="relay", why="at last", **act)
    made = keys.rotate(name="relay", **act)
    life_cycle.deactivate(name="relay", why="moving", **signed)
    events = history.listed(name="relay").events
    assert [(event.what, event.why) for event in events] == [
        ("provider deactivated", "moving"),
        ("provider key replaced", None),
        ("provider activated", "at last"),
        ("provider added", None),
    ]
    assert made.value not in repr(events)
    assert view.version == 1


def test_it_begins_where_its_own_provider_was_added(add, signed):
    add()
    life_cycle.remove(name="smtp-main", **signed)
    add()
    assert [event.what for event in history.listed(name="smtp-main").events] == ["provider added"]


def test_tests_are_not_in_it(signing, add, clock, vault):
    add("relay", "signing", raw={"host": "a.example"})
    provider_trial.try_out(name="relay", to="ada@example.com", by="ada", bench=runtime())
    assert [event.what for event in history.listed(name="relay").events] == ["provider added"]


def test_it_comes_in_pages(add, act, signed, monkeypatch):
    monkeypatch.setattr(history, "PAGE", 2)
    add()
    for _ in range(2):
        life_cycle.activate(name="smtp-main", **act)
        life_cycle.deactivate(name="smtp-main", **signed)
    seen, before = [], None
    while True:
        page = history.listed(name="smtp-main", before=before)
        seen.append([event.what.removeprefix("provider ") for event in page.events])
        if (before := page.older) is None:
            break
    assert seen == [["deactivated", "activated"], ["deactivated", "activated"], ["added"]]


def test_what_an_older_audit_did_not_say_is_not_made_up(add, edit):
    edit(add(), SMTP | {"port": "25"})
    with writing(db.session) as session:
        session.execute(
            update(AuditEvent)
            .where(AuditEvent.what == "provider changed")
            .values(
                before={"settings": {"port": 587}},
                after={"settings": {"port": 25, "gone": "x"}, "secrets": ["password"]},
            )
        )
    event = newest()
    assert event.version is None
    assert event.changes == (Change("port", "Port", "587", "25"), Change("gone", "gone", None, "x"))


def test_what_others_changed_since_is_told_as_one(add, edit, clock):
    seen = add()
    view = edit(seen, SMTP | {"port": "25", "sender_name": "Bells"})
    clock.advance(60)
    edit(view, SMTP | {"port": "587", "sender_name": "Chimes", "password": "another"}, by="max")
    others = history.since(name="smtp-main", version=seen.version)
    assert (others.who, others.at) == ("max", clock.now())
    assert others.changes == (
        Change("sender_name", "Sender's name", None, "Chimes"),
        Change("password", "Password", fate="replaced"),
    )
    assert history.since(name="smtp-main", version=3) is None
    assert history.since(name="smtp-main", version=2).changes[0].was == "25"


def test_what_others_changed_is_told_however_much_happened_since(add, edit, clock, monkeypatch):
    monkeypatch.setattr(history, "PAGE", 2)
    seen = add()
    edit(seen, SMTP | {"port": "25"})
    with writing(db.session) as session:
        for _ in range(3):
            tested.note(
                session, target="provider:smtp-main", at=clock.now(), by="max", to="ada@example.com", reason=None
            )
    assert history.since(name="smtp-main", version=seen.version).who == "olaf"


def test_what_is_not_there_is_missing():
    with pytest.raises(Missing):
        history.listed(name="nobody")
    with pytest.raises(Missing):
        history.since(name="nobody", version=1)
