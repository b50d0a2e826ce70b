"""The demo: what moves in, for whom, and that nothing of it stays behind."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from tests.support.people import token_of
from tests.support.subscribers import subscriber
from webapp.domain.event_rule import EventRule
from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import Conflict, Missing
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.runtime import engine, runtime
from webapp.services.inbox import whole
from webapp.services.people import accounts, sessions, tokens
from webapp.services.people.passwords import SHORTEST
from webapp.services.posting import channels, mappings, notifier
from webapp.services.providers import provider_setup
from webapp.services.queue import deliveries
from webapp.services.running import demo, dispatching
from webapp.services.running._demo_team import POSTS

pytestmark = pytest.mark.usefixtures("session")

LEFT = {"alembic_version", "audit_event", "policy", "provider", "provider_health", "sqlite_sequence", "job_lease"}


@pytest.fixture
def fill(clock):
    return lambda password=None: demo.fill(now=clock.now(), vault=runtime().vault, password=password)


@pytest.fixture
def remove(clock, instance):
    return lambda: demo.remove(by="nina", now=clock.now(), folder=instance)


def rows(session) -> dict[str, int]:
    """How many rows each table has, those without any left out."""
    counts = {
        name: session.scalar(select(func.count()).select_from(table)) for name, table in db.metadata.tables.items()
    }
    return {name: count for name, count in counts.items() if count}


def fates() -> dict[str, tuple[str, str | None, int]]:
    """State, reason and tries of what somebody got on the two channels where something goes wrong."""
    found = {}
    for row in deliveries.listed():
        if row.medium == "sms" or row.recipient in {"bruno", "fay", "greta"}:
            found[row.recipient] = (row.state, row.reason, row.attempts)
    return found


# --- moving in ----------------------------------------------------------------------------------------------------


def test_an_empty_database_gets_a_team_channels_and_a_provider(fill):
    assert demo.is_empty()
    fill()
    assert not demo.is_empty()
    team = [(person.username, person.role.value, person.demo) for person in accounts.listed()]
    assert team == [
        ("ada", "admin", True),
        ("bruno", "editor", True),
        ("edith", "editor", True),
        ("emil", "editor", True),
        ("erin", "editor", True),
        ("fay", "editor", True),
        ("greta", "editor", True),
        ("olaf", "operator", True),
    ]
    assert [person.username for person in accounts.find(partial="mor")] == ["emil"]
    streams = {view.name: (view.immediate, view.media) for view in channels.listed()}
    assert streams == {
        "desk.status": (True, ("email",)),
        "news.releases": (True, ("email",)),
        "review.legal": (False, ("email",)),
        "rota.pager": (True, ("sms",)),
        "rota.weekend": (False, ("email",)),
    }
    (provider,) = provider_setup.listed(now=runtime().now(), vault=runtime().vault)
    assert (provider.kind, provider.medium, provider.active) == ("file", "email", True)


@pytest.mark.parametrize("given", ["demo", "a long enough password"])
def test_a_password_that_is_given_is_theirs_however_short(given, fill, clock):
    assert fill(given) == given
    assert token_of("emil", clock.now(), password=given)


def test_else_it_is_random_and_told(fill, clock):
    password = fill()
    assert len(password) > SHORTEST
    assert token_of("ada", clock.now(), password=password)


def test_the_last_days_are_in_their_inboxes(fill, clock):
    fill()
    for username in ("edith", "olaf", "ada"):
        kept = whole.everything(user_id=accounts.get(username=username).id, now=clock.now())
        assert {entry.read_at is None for entry in kept} == {True, False}, "some are read and some are not"
        for entry in kept:
            assert clock.now() - timedelta(days=5) < entry.visible_at < clock.now()
            assert entry.read_at is None or entry.visible_at < entry.read_at <= clock.now()


def test_every_copy_waits_to_be_sent(fill, session):
    fill()
    states = dict(session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all())
    assert states == {"queued": sum(len(post.to) for post in POSTS)}


def test_the_engine_makes_of_it_what_can_become_of_a_delivery(fill, app, clock, session):
    fill()
    run = partial(dispatching.one_pass, engine=engine(app))
    run(kinds=["dispatcher"])
    assert fates() == {
        "bruno": ("undeliverable", "RECIPIENT_REFUSED", 1),
        "fay": ("retrying", "CONNECT_REFUSED", 1),
        "greta": ("retrying", "SERVER_BUSY", 1),
        "olaf": ("held", "NO_PROVIDER", 0),
    }
    clock.advance(26)
    run(kinds=["resender"])
    assert (fates()["fay"], fates()["greta"]) == (("retrying", "CONNECT_REFUSED", 2), ("sent", None, 2))
    (provider,) = provider_setup.listed(now=runtime().now(), vault=runtime().vault)
    assert provider.proven, "what it plays is not its own fault"
    clock.advance(12 * 3600)
    run(kinds=["resender"])
    assert fates()["fay"][:2] == ("retrying", "CONNECT_REFUSED"), "and it goes on for a day"


def test_a_text_message_goes_out_once_there_is_a_provider(fill, app, clock, session):
    fill()
    dispatching.one_pass(engine=engine(app), kinds=["dispatcher"])
    vault = runtime().vault
    provider_setup.add(
        kind="file", name="texts", medium="sms", raw={}, activate=True, by="ada", now=clock.now(), vault=vault
    )
    dispatching.one_pass(engine=engine(app), kinds=["dispatcher"])
    assert fates().get("olaf") == ("sent", None, 1)


def test_only_an_empty_database_is_filled(fill, add_person, session):
    add_person("nina")
    assert not demo.is_empty()
    with pytest.raises(Conflict, match="wants an empty one"):
        fill()
    assert [person.username for person in accounts.listed()] == ["nina"]


def test_it_moves_in_once(fill, session):
    fill()
    was = rows(session)
    with pytest.raises(Conflict):
        fill()
    assert rows(session) == was


def test_those_who_are_offered(fill, clock):
    assert demo.team() == []
    fill()
    assert [person.username for person in demo.team()] == ["edith", "olaf", "ada"]
    accounts.deactivate(username="olaf", by="ada", now=clock.now())
    assert [person.username for person in demo.team()] == ["edith", "ada"]
    person, token = sessions.sign_in_to_demo(username="edith", now=clock.now())
    assert sessions.person_of(token=token, now=clock.now()) == person
    with pytest.raises(Missing):
        sessions.sign_in_to_demo(username="olaf", now=clock.now())


# --- moving out ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("passes", [0, 1, 2])
def test_nothing_of_it_stays_but_the_audit(passes, fill, remove, session, instance, app, clock):
    fill()
    for kind in ["dispatcher", "resender"][:passes]:
        dispatching.one_pass(engine=engine(app), kinds=[kind])
        clock.advance(26)
    sessions.sign_in_to_demo(username="edith", now=runtime().now())
    mailbox = instance / "outbox" / "demo-mailbox"
    mailbox.mkdir(parents=True, exist_ok=True)
    (mailbox / "a.eml").write_text("x")
    removed = remove()
    assert removed.people == ["ada", "bruno", "edith", "emil", "erin", "fay", "greta", "olaf"]
    assert set(rows(session)) <= LEFT
    assert provider_setup.listed(now=runtime().now(), vault=runtime().vault) == []
    assert not mailbox.exists()


def test_a_database_that_left_its_demo_is_not_filled_again(fill, remove):
    fill()
    remove()
    assert accounts.listed() == []
    assert not demo.is_empty()


def test_what_others_have_made_stays(fill, remove, add_person, clock):
    fill()
    nina = add_person("nina", role="admin")
    ours = {"recipients": ("nina", "edith"), "subject": "Ours", "body": "Stays for Nina."}
    notifier.post(message=NotificationMessage(channel="news.releases", **ours), sender="nina", now=clock.now())
    theirs = {"recipients": ("nina",), "subject": "Theirs", "body": "Goes."}
    notifier.post(message=NotificationMessage(channel="review.legal", **theirs), sender="edith", now=clock.now())
    removed = remove()
    assert removed.channels == ["desk.status", "review.legal", "rota.pager", "rota.weekend"]
    assert [person.username for person in accounts.listed()] == ["nina"]
    assert [view.name for view in channels.listed()] == ["news.releases"]
    assert [entry.subject for entry in whole.everything(user_id=nina.id, now=clock.now())] == ["Ours"]


def test_their_tokens_and_own_addresses_go_with_them(fill, remove, bare_world, app, clock):
    fill()
    told = {"name": "t", "scopes": [Scope.INBOX_READ], "expires_at": None, "by": "ada", "now": clock.now()}
    tokens.make(username="ada", **told)
    own = subscriber(bare_world, off="person", filters={}, owner="ada")
    words = {"recipients": ("emil",), "subject": "New", "body": "Out now."}
    notifier.post(message=NotificationMessage(channel="news.releases", **words), sender="ada", now=clock.now())
    for _ in range(2):
        dispatching.one_pass(engine=engine(app), kinds=["dispatcher", "resender"])
        clock.advance(26)
    assert bare_world.rows(subscriber_id=own), "it was to be told what became of it"
    remove()
    assert set(rows(bare_world.session)) <= LEFT


def test_a_channel_that_a_subscriber_or_a_mapping_names_stays(fill, remove, bare_world, clock):
    fill()
    subscriber(bare_world, filters={"news.releases": {}})
    mappings.add(rule=EventRule(channel="rota.pager"), by="nina", now=clock.now())
    assert remove().channels == ["desk.status", "review.legal", "rota.weekend"]
    assert [view.name for view in channels.listed()] == ["news.releases", "rota.pager"]


def test_there_is_nothing_to_remove(remove, add_person, session):
    add_person("nina")
    was = rows(session)
    with pytest.raises(Missing, match="no demo"):
        remove()
    assert rows(session) == was
