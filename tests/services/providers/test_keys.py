"""Keys that Belfry makes: told once, replaced with an overlap, dropped on demand; never lost by anything else."""

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.provider import Provider
from webapp.services.providers import keys, provider_setup
from webapp.vault import Vault

pytestmark = pytest.mark.usefixtures("session", "signing")

RAW = {"host": "a.example", "auth": "basic", "password": "hush"}


@pytest.fixture
def relay(save):
    """A provider with a key of its own, and that key."""
    saved = save("relay", "signing", raw=RAW)
    return saved.provider, saved.made["signing_key"]


@pytest.fixture
def kept(vault):
    def look():
        db.session.rollback()
        return vault.open(db.session.scalar(select(Provider.secrets).where(Provider.name == "relay")))

    return look


def test_which_there_are_is_told_and_nothing_else(relay, add):
    provider, key = relay
    [told] = keys.provider_keys(provider)
    assert (told.field.name, told.there, told.former) == ("signing_key", True, False)
    assert key not in repr(told)
    assert keys.provider_keys(add("box", "file", raw={})) == []


def test_another_one_leaves_the_former_in_force_until_that_is_dropped(relay, act, kept):
    _, first = relay
    made = keys.rotate(name="relay", **act)
    assert kept() == {"password": "hush", "signing_key": made.value, "signing_key_former": first}
    assert keys.provider_keys(made.provider)[0].former
    assert made.value not in repr(made)
    dropped = keys.drop_former(name="relay", key="signing_key", **act)
    assert (dropped.value, keys.provider_keys(dropped.provider)[0].former) == ("", False)
    assert kept() == {"password": "hush", "signing_key": made.value}


def test_a_second_replacement_is_refused_unless_the_new_one_was_lost(relay, act, kept):
    _, first = relay
    keys.rotate(name="relay", **act)
    with pytest.raises(Conflict, match="Drop it first"):
        keys.rotate(name="relay", **act)
    again = keys.rotate(name="relay", again=True, **act)
    assert (kept()["signing_key"], kept()["signing_key_former"]) == (again.value, first)


def test_again_without_a_former_one_is_a_replacement_as_any(relay, act, kept):
    _, first = relay
    keys.rotate(name="relay", again=True, **act)
    assert kept()["signing_key_former"] == first


def test_a_page_that_is_sent_twice_makes_one_key(relay, act, kept):
    provider, _ = relay
    made = keys.rotate(name="relay", version=provider.version, again=True, **act)
    with pytest.raises(Conflict, match="ada changed this"):
        keys.rotate(name="relay", version=provider.version, again=True, **act)
    with pytest.raises(Conflict):
        keys.drop_former(name="relay", version=provider.version, **act)
    assert kept()["signing_key"] == made.value


def test_edits_lose_neither(relay, act, edit, kept):
    _, first = relay
    made = keys.rotate(name="relay", **act)
    view = edit(made.provider, RAW | {"password": "", "headers": "X: 1"})
    edit(view, RAW | {"host": "elsewhere.example"})
    assert kept() == {"password": "hush", "signing_key": made.value, "signing_key_former": first}


def test_a_lost_key_to_the_vault_makes_another_with_the_next_save_and_is_not_papered_over(relay, act):
    provider, first = relay
    lost = Vault([Fernet.generate_key().decode()])
    with pytest.raises(Conflict, match="needs its secrets again"):
        keys.rotate(name="relay", **act | {"vault": lost})
    saved = provider_setup.edit(name="relay", version=provider.version, raw=RAW, **act | {"vault": lost})
    assert saved.made["signing_key"] != first


def test_what_is_not_there_is_missing_or_said(relay, act, add):
    add("box", "file", raw={})
    for told in ({"name": "nobody"}, {"name": "box"}, {"name": "relay", "key": "password"}):
        for act_on in (keys.rotate, keys.drop_former):
            with pytest.raises(Missing):
                act_on(**told, **act)
    with pytest.raises(Conflict, match="No former key"):
        keys.drop_former(name="relay", **act)


def test_the_audit_tells_of_it_and_not_the_key(relay, act):
    _, first = relay
    made = keys.rotate(name="relay", **act)
    keys.drop_former(name="relay", **act)
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.what for event in events] == ["provider added", "provider key replaced", "provider key dropped"]
    assert [event.after["version"] for event in events] == [1, 2, 3]
    told = str([(event.before, event.after) for event in events])
    assert first not in told
    assert made.value not in told
