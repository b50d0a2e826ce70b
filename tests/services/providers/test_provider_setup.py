"""Providers: what may be saved, what is kept secret, and which one a medium is sent by."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from tests.services.providers.conftest import PASSWORD, SECRET, SMTP
from webapp.database import writing
from webapp.domain.bounded import NOTHING
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.envelope import Blame, PermanentFailure
from webapp.domain.reason import Reason
from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.provider import Provider, ProviderHealth, ProviderHour
from webapp.providers import kinds as registry
from webapp.services.posting import channels
from webapp.services.providers import provider_setup, tested
from webapp.vault import Vault

pytestmark = pytest.mark.usefixtures("session")


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


def test_what_is_for_subscribers_alone_is_nothing_to_make_a_provider_of(add):
    assert "webhook" in registry()
    assert "webhook" not in {kind.kind for kind in provider_setup.kinds()}
    with pytest.raises(Missing, match=r"There is no kind “webhook”. There are: [a-z, ]+, twilio"):
        provider_setup.kind_named(kind="webhook")
    with pytest.raises(Missing):
        add(kind="webhook", medium="webhook")


def test_nor_can_a_provider_be_for_subscribers_by_a_kind_that_also_sends_to_people(add, monkeypatch, problems):
    monkeypatch.setattr(registry()["smtp"], "media", ("webhook", "email"))
    assert provider_setup.kind_named(kind="smtp").media == ("email",)
    assert problems(add, medium="webhook") == {"medium": "SMTP is for email, not for “webhook”."}


def test_a_new_one_is_inactive_and_has_its_defaults(add, clock, vault):
    made = add()
    assert made == provider_setup.get(name="smtp-main", now=clock.now(), vault=vault)
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


def test_all_that_is_wrong_is_told_at_once(add, problems):
    """What only the kind can judge, too, beside what does not even parse."""
    typed = {**SECRET, "port": "99999", "host": "http://x", "sender": "nobody", "helo": "a b"}
    assert set(problems(add, "a b", raw=typed)) == {"name", "port", "host", "sender", "helo"}


@pytest.mark.parametrize("name", ["", "new", "a b", "é", "-a", ".", "..", "a/b", "x" * 51, "a\n"])
def test_a_name_that_is_none_is_refused(add, clock, vault, name, problems):
    assert list(problems(add, name)) == ["name"]
    assert provider_setup.listed(now=clock.now(), vault=vault) == []


def test_a_name_is_taken_once(add, problems):
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
def test_a_bad_setting_is_refused_by_its_name(add, edit, clock, vault, raw, field, problems):
    view = add("other")
    assert list(problems(add, raw=SECRET | raw)) == [field]
    if raw != {"password": ""}:  # which is how an edit keeps it
        assert list(problems(edit, view, SECRET | raw)) == [field]
    assert provider_setup.listed(now=clock.now(), vault=vault) == [view]


def test_a_medium_that_a_kind_cannot_send_is_refused(add, problems):
    assert list(problems(add, medium="sms")) == ["medium"]
    with pytest.raises(Missing):
        add(kind="pigeon")


def test_a_blank_secret_stays_as_it_is_however_often(add, edit, vault):
    view = add()
    for title in ("Belfry", "The bells"):
        view = edit(view, SMTP | {"password": "", "sender_name": title})
    assert (view.version, view.settings["sender_name"]) == (3, "The bells")
    assert kept("smtp-main", vault) == {"password": PASSWORD}


def test_a_secret_does_not_follow_its_host_to_another_one(add, edit, vault, problems):
    view = add()
    moved = SMTP | {"host": "mail.example.net", "password": ""}
    assert "Server has changed" in problems(edit, view, moved)["password"]
    assert edit(view, moved | {"password": "new"}).settings["host"] == "mail.example.net"
    assert kept("smtp-main", vault) == {"password": "new"}


def test_a_secret_that_is_switched_off_is_forgotten(add, edit, vault, problems):
    view = edit(add(), SMTP | {"auth": "none", "host": "mail.example.net"})
    assert view.secrets == ()
    assert kept("smtp-main", vault) == {}
    assert list(problems(edit, view, SMTP | {"host": "mail.example.net"})) == ["password"]


def test_a_lost_key_needs_the_secret_again_of_that_one_only(add, edit, act, clock, problems):
    view, other = add(), add("quiet", raw=SMTP | {"auth": "none"})
    lost = Vault([Fernet.generate_key().decode()])
    seen = {each.name: each for each in provider_setup.listed(now=clock.now(), vault=lost)}
    assert "needs its secret again" in seen[view.name].needs
    assert seen[other.name].needs == ""
    assert list(problems(edit, view, SMTP, vault=lost)) == ["password"]
    assert edit(view, SECRET, vault=lost).needs == ""


def test_whoever_comes_second_is_told_who_was_first(add, edit, clock):
    seen = add()
    edit(seen, SMTP | {"port": "2525"})
    with writing(db.session) as session:  # trying it out changes nothing
        tested.note(
            session, target=f"provider:{seen.name}", at=clock.now(), by="cat", to="cat@example.com", reason=None
        )
    with pytest.raises(Conflict, match="olaf changed this"):
        edit(seen, SMTP | {"port": "25"})


def test_saving_can_activate(add, edit):
    add("former", activate=True)
    assert edit(add(), SMTP, activate=True, keep_as_fallback=True).primary


def test_one_that_is_added_active_can_keep_the_former_as_fallback(add, clock, vault):
    add("former", activate=True)
    add(activate=True, keep_as_fallback=True)
    assert [(view.name, view.role) for view in provider_setup.listed(now=clock.now(), vault=vault)] == [
        ("smtp-main", "primary"),
        ("former", "fallback"),
    ]


def test_the_overview_names_media_in_use_that_nothing_sends(add, vault, clock):
    assert provider_setup.overview(vault=vault, now=clock.now()).missing == {"email": NOTHING}
    channels.add(name="a.b", options=ChannelOptions(title="B", media=("email", "sms")), by="ada", now=clock.now())
    add(activate=True)
    assert provider_setup.overview(vault=vault, now=clock.now()).missing == {"sms": NOTHING}


# --- what a kind may declare beside its fields --------------------------------------------------------------------


def test_what_was_meant_is_taken(signing, add, edit):
    view = add("relay", "signing", raw={"host": " https://relay.example/ "})
    assert view.settings["host"] == "relay.example"
    assert edit(view, {"host": "https://relay.example"}).settings["host"] == "relay.example"


def test_lines_are_kept_as_they_are(signing, add, problems):
    lines = "X-One: 1\nX-Two: 2"
    assert add("relay", "signing", raw={"host": "a.example", "headers": lines}).settings["headers"] == lines
    assert list(problems(add, "other", "signing", raw={"host": "a.example", "headers": "a\x00"})) == ["headers"]
    assert list(problems(add, "other", "signing", raw={"host": "a.example\nb"})) == ["host"]


def test_a_key_is_made_once_told_once_and_stays(signing, save, edit, vault, problems):
    saved = save("relay", "signing", raw={"host": "a.example"})
    key = saved.made["signing_key"]
    assert key.startswith("key-of-the-house")
    assert key not in repr(saved)
    assert saved.provider.secrets == ("signing_key",)
    edit(edit(saved.provider, {"host": "a.example", "headers": "X: 1"}), {"host": "elsewhere.example"})
    assert kept("relay", vault) == {"signing_key": key}
    assert list(problems(save, "other", "signing", raw={"host": "a.example", "signing_key": "mine"})) == ["signing_key"]


def test_the_kinds_tell_their_presets(signing):
    assert [preset.name for preset in provider_setup.kind_named(kind="signing").presets] == ["acme", "zenith"]


def test_an_edit_says_in_the_audit_which_secrets_it_replaced(add, edit):
    view = edit(add(), SMTP | {"password": "another"})
    edit(view, SMTP | {"sender_name": "The bells"})
    told = [event.after for event in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert [(after["version"], after.get("replaced")) for after in told] == [(1, None), (2, ["password"]), (3, [])]
    assert "another" not in str(told)


# --- the numbers --------------------------------------------------------------------------------------------------


def test_the_last_24_hours_are_told_hour_by_hour(add, vault, session, clock):
    add(activate=True)
    provider_id = session.scalar(select(Provider.id))
    this = clock.now().replace(minute=0, second=0, microsecond=0)
    for back, accepted, failed in ((0, 3, 1), (23, 5, 0), (24, 9, 9)):
        session.add(
            ProviderHour(provider_id=provider_id, hour=this - timedelta(hours=back), accepted=accepted, failed=failed)
        )
    session.commit()
    [view] = provider_setup.overview(vault=vault, now=clock.now()).providers
    assert len(view.hours) == 24
    assert (view.hours[0].tries, view.hours[1].tries, view.hours[-1].failed) == (5, 0, 1)
    assert (view.tries, view.accepted) == (9, 8)


def test_without_a_try_there_are_no_hours(add, vault, clock):
    add(activate=True)
    [view] = provider_setup.overview(vault=vault, now=clock.now()).providers
    assert (view.hours, view.tries) == ((), 0)


def test_a_pause_names_who_sends_meanwhile(add, vault, session, clock):
    for name in ("third", "second", "first"):
        add(name, activate=True, keep_as_fallback=True)

    def pause(*names):
        ids = select(Provider.id).where(Provider.name.in_(names)).scalar_subquery()
        until = clock.now() + timedelta(seconds=30)
        session.execute(
            update(ProviderHealth)
            .where(ProviderHealth.provider_id.in_(ids))
            .values(paused_reason="AUTH", paused_until=until)
        )
        session.commit()
        return {view.name: view.stand_in for view in provider_setup.overview(vault=vault, now=clock.now()).providers}

    assert pause("first") == {"first": "second", "second": None, "third": None}
    assert pause("second")["first"] == "third"
    assert pause("third")["first"] is None


def test_a_rest_names_who_sends_meanwhile_and_not_one_that_rests_too(add, vault, session, clock):
    for name in ("third", "second", "first"):
        add(name, activate=True, keep_as_fallback=True)
    others = select(Provider.id).where(Provider.name != "third").scalar_subquery()
    rests = update(ProviderHealth).where(ProviderHealth.provider_id.in_(others))
    session.execute(rests.values(rests_until=clock.now() + timedelta(minutes=10)))
    session.commit()
    assert provider_setup.get(name="first", vault=vault, now=clock.now()).stand_in == "third"
    clock.advance(600)
    assert provider_setup.get(name="first", vault=vault, now=clock.now()).stand_in is None


def test_what_failed_counts_for_the_one_that_was_tried_last(world, vault):
    world.post()
    world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no", blame=Blame.RECIPIENT)
    world.dispatch()
    overview = provider_setup.overview(vault=vault, now=world.clock.now())
    assert [(view.name, view.undeliverable, view.unknown) for view in overview.providers] == [("email-main", 1, 0)]
    assert overview.providers[0].channels == 1


@pytest.mark.parametrize(("posts", "told"), [(2, (2, False)), (3, (2, True))])
def test_what_failed_is_counted_up_to_a_bound(world, vault, monkeypatch, posts, told):
    monkeypatch.setattr("webapp.services.providers._numbers.MOST_FAILED", 2)
    world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no", blame=Blame.RECIPIENT)
    for _ in range(posts):
        world.post()
    world.dispatch()
    [view] = provider_setup.overview(vault=vault, now=world.clock.now()).providers
    assert (view.undeliverable, view.failed_more) == told
