"""Providers: what may be saved, what is kept secret, and which one a medium is sent by."""

from threading import Barrier, Thread

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from webapp.domain import signals
from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.delivery import Delivery
from webapp.models.provider import Provider
from webapp.runtime import runtime
from webapp.services.people import accounts
from webapp.services.posting import channels, notifier
from webapp.services.providers import provider_setup
from webapp.vault import Vault

pytestmark = pytest.mark.usefixtures("session")

PASSWORD = "correct horse/battery+staple"
SMTP = {"host": "mail.example.com", "auth": "plain", "username": "belfry", "sender": "belfry@example.com"}
SECRET = SMTP | {"password": PASSWORD}


@pytest.fixture
def vault():
    return runtime().vault


@pytest.fixture
def add(clock, vault):
    def make(name="smtp-main", kind="smtp", medium="email", raw=SECRET, **options):
        return provider_setup.add(
            kind=kind, name=name, medium=medium, raw=raw, by="ada", now=clock.now(), vault=vault, **options
        )

    return make


@pytest.fixture
def edit(clock, vault):
    def change(view, raw, **options):
        told = {"name": view.name, "version": view.version, "by": "olaf", "now": clock.now(), "vault": vault}
        return provider_setup.edit(raw=raw, **told | options)

    return change


@pytest.fixture
def act(clock, vault):
    return {"by": "ada", "now": clock.now(), "vault": vault}


def problems(call, *args, **kwargs) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.problems


def kept(name: str, vault: Vault) -> dict[str, str]:
    sealed = db.session.scalar(select(Provider.secrets).where(Provider.name == name))
    return vault.open(sealed) if sealed else {}


def test_the_kinds_are_the_registry_s():
    kinds = {kind.kind: kind for kind in provider_setup.kinds()}
    assert {"smtp", "http", "file"} <= kinds.keys()
    assert kinds["smtp"].media == ("email",)
    assert [field.name for field in kinds["smtp"].fields if field.secret] == ["password"]
    with pytest.raises(Missing, match="file, http, smtp"):
        provider_setup.kind_named(kind="pigeon")


def test_a_new_one_is_inactive_and_has_its_defaults(add, vault):
    made = add()
    assert made == provider_setup.get(name="smtp-main", vault=vault)
    assert (made.role, made.active, made.version, made.kind_label) == ("inactive", False, 1, "SMTP")
    assert (made.settings["port"], made.settings["security"]) == (587, "starttls")
    assert made.secrets == ("password",)


def test_the_secret_is_nowhere_but_in_the_vault(add, vault):
    made = add()
    assert "password" not in made.settings
    assert PASSWORD not in repr(made)
    assert kept("smtp-main", vault) == {"password": PASSWORD}
    told = db.session.scalars(select(AuditEvent)).one()
    assert told.what == "provider added"
    assert told.after["secrets"] == ["password"]
    assert PASSWORD not in str((told.before, told.after))


@pytest.mark.parametrize("name", ["", "new", "a b", "é", "-a", ".", "..", "a/b", "x" * 51, "a\n"])
def test_a_name_that_is_none_is_refused(add, vault, name):
    assert list(problems(add, name)) == ["name"]
    assert provider_setup.listed(vault=vault) == []


def test_a_name_is_taken_once(add):
    add()
    assert "already" in problems(add)["name"]


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"host": ""}, "host"),
        ({"port": "70000"}, "port"),
        ({"password": ""}, "password"),
        ({"security": "none"}, "security"),
        ({"sender": "nobody"}, "sender"),
        ({"sender_name": "a\u2028b"}, "sender_name"),
        ({"colour": "red"}, "colour"),
        ({"username": "x" * 1001}, "username"),
    ],
)
def test_a_bad_setting_is_refused_by_its_name(add, edit, vault, raw, field):
    view = add("other")
    assert list(problems(add, raw=SECRET | raw)) == [field]
    if raw != {"password": ""}:  # which is how an edit keeps it
        assert list(problems(edit, view, SECRET | raw)) == [field]
    assert provider_setup.listed(vault=vault) == [view]


def test_a_medium_that_a_kind_cannot_send_is_refused(add):
    assert list(problems(add, medium="sms")) == ["medium"]
    with pytest.raises(Missing):
        add(kind="pigeon")


def test_a_blank_secret_stays_as_it_is_however_often(add, edit, vault):
    view = add()
    for title in ("Belfry", "The bells"):
        view = edit(view, SMTP | {"password": "", "sender_name": title})
    assert (view.version, view.settings["sender_name"]) == (3, "The bells")
    assert kept("smtp-main", vault) == {"password": PASSWORD}


def test_a_secret_does_not_follow_its_host_to_another_one(add, edit, vault):
    view = add()
    moved = SMTP | {"host": "mail.example.net", "password": ""}
    assert "Server has changed" in problems(edit, view, moved)["password"]
    assert edit(view, moved | {"password": "new"}).settings["host"] == "mail.example.net"
    assert kept("smtp-main", vault) == {"password": "new"}


def test_a_secret_that_is_switched_off_is_forgotten(add, edit, vault):
    view = edit(add(), SMTP | {"auth": "none", "host": "mail.example.net"})
    assert view.secrets == ()
    assert kept("smtp-main", vault) == {}
    assert list(problems(edit, view, SMTP | {"host": "mail.example.net"})) == ["password"]


def test_a_lost_key_needs_the_secret_again_of_that_one_only(add, edit, act):
    view, other = add(), add("quiet", raw=SMTP | {"auth": "none"})
    lost = Vault([Fernet.generate_key().decode()])
    seen = {each.name: each for each in provider_setup.listed(vault=lost)}
    assert "needs its secret again" in seen[view.name].needs
    assert seen[other.name].needs == ""
    assert list(problems(edit, view, SMTP, vault=lost)) == ["password"]
    assert edit(view, SECRET, vault=lost).needs == ""


def test_whoever_comes_second_is_told_who_was_first(add, edit):
    seen = add()
    edit(seen, SMTP | {"port": "2525"})
    with pytest.raises(Conflict, match="olaf changed this"):
        edit(seen, SMTP | {"port": "25"})


def test_a_medium_has_one_primary(add, act, vault):
    first, second, sms = add(activate=True), add("backup"), add("texts", "file", "sms", {}, activate=True)
    assert first.active
    made = provider_setup.activate(name=second.name, **act)
    assert (made.provider.name, made.provider.active, made.former, made.released) == ("backup", True, "smtp-main", 0)
    active = {view.name for view in provider_setup.listed(vault=vault) if view.active}
    assert active == {"backup", sms.name}


def test_already_active_and_already_inactive_are_said(add, act):
    add(activate=True)
    with pytest.raises(Conflict, match="active already"):
        provider_setup.activate(name="smtp-main", **act)
    provider_setup.deactivate(name="smtp-main", **act)
    with pytest.raises(Conflict, match="inactive already"):
        provider_setup.deactivate(name="smtp-main", **act)


def test_saving_can_activate(add, edit):
    assert edit(add(), SMTP, activate=True).active


@pytest.mark.parametrize("active", [True, False])
def test_one_is_removed_in_any_state_and_its_name_is_free(add, vault, clock, active):
    add("x" * 50, activate=active)
    provider_setup.remove(name="x" * 50, by="ada", now=clock.now())
    assert provider_setup.listed(vault=vault) == []
    row = db.session.scalars(select(Provider)).one()
    assert (row.role, row.secrets, row.removed_at) == ("inactive", "", clock.now())
    assert row.name.endswith(f"(removed {row.id})")
    assert add("x" * 50, activate=True).active


def test_what_is_not_there_is_missing(edit, add, act, vault, clock):
    view = add()
    provider_setup.remove(name=view.name, by="ada", now=clock.now())
    for call in (provider_setup.activate, provider_setup.deactivate):
        with pytest.raises(Missing):
            call(name=view.name, **act)
    with pytest.raises(Missing):
        provider_setup.remove(name=view.name, by="ada", now=clock.now())
    with pytest.raises(Missing):
        provider_setup.get(name=view.name, vault=vault)
    with pytest.raises(Missing):
        edit(view, SMTP)


def test_the_overview_names_media_in_use_that_nothing_sends(add, vault, clock):
    assert provider_setup.overview(vault=vault).missing == {"email": 0}
    channels.add(name="a.b", title="B", media=("email", "sms"), by="ada", now=clock.now())
    add(activate=True)
    assert provider_setup.overview(vault=vault).missing == {"sms": 0}


def test_each_change_is_in_the_audit(add, edit, act, clock):
    view = edit(add(), SMTP | {"port": "25"})
    provider_setup.activate(name=view.name, **act)
    provider_setup.deactivate(name=view.name, **act)
    provider_setup.remove(name=view.name, by="ada", now=clock.now())
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.what for event in events] == [
        f"provider {what}" for what in ("added", "changed", "activated", "deactivated", "removed")
    ]
    assert {event.target for event in events} == {"provider:smtp-main"}
    assert (events[1].before["settings"]["port"], events[1].after["settings"]["port"]) == (587, 25)


def test_what_waits_is_held_without_a_provider_and_released_with_one(add, act, vault, clock):
    add(activate=True)
    _post(clock)
    assert provider_setup.get(name="smtp-main", vault=vault).waiting == 2
    provider_setup.deactivate(name="smtp-main", **act)
    assert _states() == [("held", "NO_PROVIDER"), ("held", "NO_PROVIDER")]
    assert provider_setup.overview(vault=vault).missing == {"email": 2}
    assert provider_setup.get(name="smtp-main", vault=vault).waiting == 0
    assert provider_setup.activate(name="smtp-main", **act).released == 2
    assert _states() == [("queued", None), ("queued", None)]


def test_removing_the_active_one_holds_what_waits_though_a_listener_raises(add, clock):
    def fail(_sender, **_more):
        raise ZeroDivisionError

    add(activate=True)
    add("idle")
    _post(clock)
    provider_setup.remove(name="idle", by="ada", now=clock.now())
    assert _states() == [("queued", None), ("queued", None)]
    with signals.alerted.connected_to(fail):
        provider_setup.remove(name="smtp-main", by="ada", now=clock.now())
    assert _states() == [("held", "NO_PROVIDER"), ("held", "NO_PROVIDER")]


def _post(clock) -> None:
    for name in ("ada", "emil"):
        accounts.add(
            username=name, display_name=name, email=f"{name}@example.com", role="editor", by="x", now=clock.now()
        )
    channels.add(name="a.b", title="B", by="ada", now=clock.now())
    message = NotificationMessage(channel="a.b", recipients=("ada", "emil"), subject="Hi", body="there")
    notifier.post(message=message, sender="ada", now=clock.now())


def _states() -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in db.session.execute(select(Delivery.state, Delivery.reason))]


def test_two_who_activate_at_once_leave_one_primary(app, add, act, vault):
    names = [add(f"smtp-{number}").name for number in range(4)]
    db.session.rollback()
    start, said = Barrier(len(names)), []

    def activate(name):
        with app.app_context():
            start.wait()
            said.append(provider_setup.activate(name=name, **act).provider.active)

    threads = [Thread(target=activate, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [True] * 4
    assert sum(view.active for view in provider_setup.listed(vault=vault)) == 1
