"""Applying: all or nothing, once or twice, and everything by the rules of what is done by hand."""

import pytest
from sqlalchemy import func, select

from tests.support import setups
from tests.support.people import PASSWORD, token_of
from tests.support.setups import FILE, apply, at, audited, export, rows
from tests.support.subscribers import subscriber
from webapp.database import writing
from webapp.domain import signals
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.refusal import Conflict, Refused
from webapp.extensions import db
from webapp.models import channel as channels
from webapp.models import provider as providers
from webapp.models import user as users
from webapp.models.sign_in import UserSession
from webapp.runtime import runtime
from webapp.services.people import accounts, tokens
from webapp.services.posting import channels as channel_service
from webapp.services.setup.applying import Changed
from webapp.services.subscribers import subscriber_setup

pytestmark = pytest.mark.usefixtures("session")


def changed(done):
    return {(one.fate, one.section, one.name): one.changes for one in done.differences}


def refused(text, **more):
    with pytest.raises(Refused) as caught:
        apply(text, **more)
    return caught.value.problems


# --- the whole of it ----------------------------------------------------------------------------------------------


def test_all_of_it_is_there_then():
    done = apply()
    assert [(one.fate, one.section, one.name) for one in done.differences] == [
        ("added", "policies", "patient"),
        ("added", "channels", "desk.status"),
        ("added", "channels", "news.releases"),
        ("added", "providers", "mailbox"),
        ("added", "providers", "relay"),
        ("added", "providers", "smtp-main"),
        ("added", "people", "ada"),
        ("added", "people", "emil"),
    ]
    assert {one.name: one.role for one in providers.listed(db.session)} == {
        "mailbox": "fallback", "relay": "inactive", "smtp-main": "primary",
    }  # fmt: skip


def test_a_second_time_changes_nothing():
    apply()
    before = rows()
    done = apply()
    assert (done.differences, done.same) == ((), 8)
    assert rows() == before


def test_neither_does_what_was_exported():
    apply()
    before, text = rows(), export()
    assert apply(text).differences == ()
    assert rows() == before
    assert export() == text


def test_what_is_not_named_stays_and_is_told():
    apply()
    done = apply("version = 1\n")
    assert (done.differences, done.same) == ((), 0)
    assert ("providers", "relay") in done.unnamed
    assert len(done.unnamed) == 12


def test_a_dry_run_tells_the_same_and_changes_nothing():
    before = rows()
    rehearsed = apply(dry_run=True)
    assert rows() == before
    assert rehearsed.differences == apply().differences


def test_a_dry_run_finds_the_same_faults():
    text = FILE.replace('policy = "patient"', 'policy = "hasty"')
    assert refused(text, dry_run=True) == refused(text)


def test_only_what_differs_is_changed_and_noted():
    apply()
    before = len(audited())
    done = apply(FILE.replace("mail.example.com", "post.example.com").replace("Status", "State"))
    assert changed(done) == {
        ("changed", "channels", "desk.status"): (Changed("title", "Status", "State"),),
        ("changed", "providers", "smtp-main"): (Changed("settings.host", "mail.example.com", "post.example.com"),),
    }
    assert audited()[before:] == [
        ("channel changed", "channel:desk.status"),
        ("provider changed", "provider:smtp-main"),
    ]
    versions = {one.name: one.version for one in providers.listed(db.session)}
    assert versions == {"mailbox": 1, "relay": 1, "smtp-main": 2}


def test_the_audit_says_who_and_by_which_file(session):
    apply()
    made = setups.events()
    assert {event.who for event in made} == {"olaf (command)"}
    assert {event.reason for event in made} == {"As belfry.toml says."}
    assert not [secret for secret in setups.VARIABLES.values() if secret in f"{[tuple(event) for event in made]}"]


def test_a_fault_in_the_last_line_leaves_the_first_undone():
    before = rows()
    problems = refused(FILE.replace('tz = "Europe/Paris"', 'tz = "Europe/Pariss"'))
    assert problems == {at("tz =", "people.emil.tz"): "A time zone such as Europe/Berlin, please."}
    assert rows() == before


def test_where_somebody_is_faster_by_a_moment_nothing_is_applied(monkeypatch):
    apply()
    before = rows()
    monkeypatch.setattr(channels, "change", lambda *_, **__: None)
    with pytest.raises(Conflict):
        apply(FILE.replace("Status", "State").replace("Ada Kern", "Ada K."))
    assert rows() == before


def test_whoever_changes_the_same_meanwhile_is_told(app, meanwhile, clock):
    apply()
    options = ChannelOptions(title="Theirs")
    told = {"name": "desk.status", "version": 1, "options": options, "by": "ada", "now": clock.now()}
    rival = meanwhile("channel changed", lambda: channel_service.edit(**told))
    apply(FILE.replace("Status", "Ours"))
    rival.end()
    assert isinstance(rival.refused, Conflict)
    assert setups.tree()["channels"]["desk.status"]["title"] == "Ours"


def test_what_somebody_has_changed_a_moment_before_is_made_as_the_file_says(app, meanwhile, clock):
    apply()
    usual = {"email": None, "phone": None, "tz": "Europe/Rome", "locale": "en_GB"}
    told = {"username": "emil", "display_name": "Theirs", "by": "ada", "now": clock.now(), **usual}
    rival = meanwhile("policy changed", lambda: accounts.edit(**told))
    apply(FILE.replace("300.5", "301").replace("Emil Moreau", "Emil M."))
    rival.end()
    assert rival.refused is None
    emil = setups.tree()["people"]["emil"]
    assert (emil["display_name"], emil["tz"]) in {("Emil M.", "Europe/Paris"), ("Theirs", "Europe/Rome")}


# --- secrets ------------------------------------------------------------------------------------------------------


def test_a_secret_comes_from_the_environment_and_another_one_replaces_it(session):
    apply()
    done = apply(variables=setups.VARIABLES | {"BELFRY_SECRET_SMTP_MAIN_PASSWORD": "battery staple"})
    key = ("changed", "providers", "smtp-main")
    assert changed(done) == {key: (Changed("settings.password", "(a secret)", "(another secret)"),)}
    row = providers.named(session, "smtp-main")
    assert runtime().vault.open(row.secrets) == {"password": "battery staple"}


def test_one_that_is_not_set_stays_as_it_is():
    apply()
    assert apply(variables={}).differences == ()


def test_one_that_is_not_set_cannot_be_guessed_for_a_new_provider():
    assert refused(FILE, variables={}) == {
        at("password", "providers.smtp-main.settings.password"): "BELFRY_SECRET_SMTP_MAIN_PASSWORD is not set in this "
        "environment, and there is no secret yet that could stay.",
        at("signing_key", "providers.relay.settings.signing_key"): "BELFRY_SECRET_RELAY_SIGNING_KEY is not set in this "
        "environment, and there is no secret yet that could stay.",
    }


def test_one_is_not_sent_to_another_place_because_a_file_says_so():
    apply()
    told = refused(FILE.replace("mail.example.com", "evil.example.com"), variables={})
    assert list(told) == [at("password", "providers.smtp-main.settings.password")]


def test_a_key_that_the_file_does_not_name_is_made_and_told_once(session):
    text = "\n".join(line for line in FILE.splitlines() if "signing_key" not in line)
    done = apply(text)
    row = providers.named(session, "relay")
    assert done.made == {"relay": {"signing_key": runtime().vault.open(row.secrets)["signing_key"]}}
    assert apply(text).made == {}


def test_a_key_that_could_sign_nothing_is_refused():
    told = refused(FILE, variables=setups.VARIABLES | {"BELFRY_SECRET_RELAY_SIGNING_KEY": "short"})
    assert list(told) == [at("signing_key", "providers.relay.settings.signing_key")]


# --- providers ----------------------------------------------------------------------------------------------------


def test_activating_releases_what_was_held(world):
    with writing(db.session) as session:
        session.delete(providers.named(session, "email-main").health)
        session.delete(providers.named(session, "email-main"))
    world.post()
    world.dispatch()
    assert world.states() == ["held"]
    apply()
    assert world.states() == ["queued"]


def test_a_primary_takes_the_place_of_one_that_the_file_does_not_name(world):
    done = apply()
    assert changed(done)["changed", "providers", "email-main"] == (Changed("role", "primary", "inactive"),)


def test_the_last_one_that_goes_leaves_what_waits_and_an_alert(world):
    apply()
    world.post()
    alerts = []
    with signals.alerted.connected_to(lambda _sender, alert: alerts.append(alert.topic)):
        rehearsed = apply(FILE.replace('role = "primary"', 'role = "inactive"'), dry_run=True)
        assert (alerts, world.states()) == ([], ["queued"])
        done = apply(FILE.replace('role = "primary"', 'role = "inactive"'))
    assert rehearsed.differences == done.differences
    assert (len(alerts), world.states()) == (1, ["held"])


@pytest.mark.parametrize("places", [(1, 2, 3), (3, 2, 1), (20, 5, 10)])
def test_fallbacks_stand_in_the_order_of_their_places(places):
    heads = [f'[providers.{name}]\nkind = "file"\nmedium = "email"\nrole = "fallback"\n' for name in "abc"]
    text = "version = 1\n" + "".join(f"{head}place = {place}\n" for head, place in zip(heads, places, strict=True))
    apply(text)
    told = {name: entry["place"] for name, entry in setups.tree()["providers"].items()}
    assert sorted(told, key=told.__getitem__) == [name for _, name in sorted(zip(places, "abc", strict=True))]
    before = rows()
    assert apply(text).differences == ()
    assert rows() == before


def test_two_change_places():
    apply()
    swapped = FILE.replace('role = "primary"', "role = %").replace('role = "fallback"\nplace = 1', 'role = "primary"')
    done = apply(swapped.replace("role = %", 'role = "fallback"'))
    assert {name for _, _, name in changed(done)} == {"mailbox", "smtp-main"}
    assert {one.name: one.role for one in providers.listed(db.session)}["smtp-main"] == "fallback"


# --- people -------------------------------------------------------------------------------------------------------


def test_a_number_that_was_verified_meanwhile_stays_so(session, clock):
    text = FILE.replace("phone_verified = true\n", "")
    apply(text)
    with writing(db.session) as writes:
        users.change(writes, users.named(writes, "ada"), phone_verified_at=clock.now())
    assert apply(text).differences == ()
    done = apply(text.replace("820", "821"))
    assert Changed("phone_verified", True, False) in changed(done)["changed", "people", "ada"]


def test_another_role_ends_the_sessions(add_person, clock):
    person = add_person("ada", role="editor", password=PASSWORD)
    token_of(person.username, clock.now())
    apply()
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0


def test_the_last_administrator_stays():
    apply()
    told = refused(FILE.replace('role = "admin"', 'role = "editor"'))
    assert told == {at('role = "admin"', "people.ada.role"): "This would leave no active administrator."}


def test_nobody_of_the_demo_is_changed(bare_world):
    bare_world.person("ada", demo=True)
    assert list(refused(FILE)) == [at("[people.ada]", "people.ada")]


def test_a_closed_account_is_closed_for_its_programs_and_its_own_address_too(bare_world, clock):
    apply(FILE.replace("active = false", "active = true"))
    made = tokens.make(
        username="emil", name="A script", scopes=["inbox:read"], expires_at=None, by="ada", now=clock.now()
    )
    subscriber(bare_world, name="states-of-emil", owner="emil", filters={})
    apply()
    assert tokens.account_tokens(username="emil", now=clock.now())[0].state == "revoked"
    assert tokens.caller_of(token=made.secret, now=clock.now()) is None
    assert not subscriber_setup.get(name="states-of-emil", vault=runtime().vault).active
