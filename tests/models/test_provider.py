"""Providers as rows: one primary a medium, and a health apart."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.breaker import ProviderStanding
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models import provider as providers
from webapp.models import roles
from webapp.models.envelope import add_attempts
from webapp.models.provider import Provider, note_health
from webapp.models.roles import Signed


@pytest.fixture
def add(session, clock):
    def make(name="main", medium="email", **told):
        with writing(session) as open_session:
            row = {"kind": "file", "settings": {"sender": "a@example.com"}, "secrets": "sealed"} | told
            return providers.add(open_session, name=name, medium=medium, now=clock.now(), **row).id

    return make


def row(name="main") -> Provider:
    return db.session.scalars(select(Provider).where(Provider.name == name)).one()


def test_a_new_one_is_inactive_with_a_blank_health(add):
    add()
    made = row()
    assert (made.role, made.version, made.removed_at) == ("inactive", 1, None)
    assert (made.health.streak, made.health.last_success_at, made.health.last_error) == (0, None, None)


def test_the_database_itself_refuses_a_second_primary(add, session):
    add("a")
    add("b")
    with pytest.raises(IntegrityError), writing(session):
        row("a").role = row("b").role = "primary"


def test_new_settings_forget_what_was_known_of_the_old_ones(add, session, clock):
    key = add()
    with writing(session) as open_session:
        note_health(
            open_session,
            provider_id=key,
            stands=ProviderStanding(streak=3),
            success_at=clock.now(),
            error="535 no",
            error_at=clock.now(),
        )
    assert row().health.proven_at == clock.now()
    later = clock.advance(60)
    with writing(session) as open_session:
        providers.change(open_session, row(), settings={"sender": "b@example.com"}, secrets="new", now=later)
    changed = row()
    assert (changed.version, changed.changed_at, changed.secrets) == (2, later, "new")
    assert (changed.health.streak, changed.health.proven_at, changed.health.last_error) == (0, None, "535 no")


def test_a_removed_one_stays_as_a_row_only(add, session, clock):
    key = add()
    with writing(session) as open_session:
        providers.remove(open_session, row(), now=clock.now())
    assert providers.listed(session) == []
    assert providers.named(session, "main") is None
    kept = session.get(Provider, key)
    assert (kept.name, kept.secrets, kept.removed_at) == (f"main (removed {key})", "", clock.now())
    assert add("main") != key


def test_how_it_stands_is_kept_and_what_is_paused_is_not_proven(add, session, clock):
    key, until = add(), clock.now() + timedelta(seconds=30)
    for stands in (ProviderStanding(2), ProviderStanding(5, Reason.TLS, until, 1)):
        with writing(session) as open_session:
            note_health(
                open_session, provider_id=key, stands=stands, success_at=clock.now(), error="no", error_at=clock.now()
            )
            assert providers.standing(open_session, provider_id=key, version=1) == stands
            assert providers.standing(open_session, provider_id=key, version=2) is None
        assert (row().health.proven_at is None) is (stands.paused_reason is not None)


def test_a_probe_is_taken_once_and_not_before_the_rest_is_over(add, session, clock):
    key, now = add(), clock.now()
    until = now + timedelta(seconds=30)
    with writing(session) as open_session:
        stands = ProviderStanding(1, Reason.AUTH, until, 1)
        note_health(open_session, provider_id=key, stands=stands, success_at=None, error="no", error_at=now)
    later = until + timedelta(seconds=60)
    for moment, taken in ((now, False), (until, True), (until, False), (later, True)):
        with writing(session) as open_session:
            assert (
                providers.take_probe(open_session, provider_id=key, now=moment, until=moment + timedelta(seconds=60))
                is taken
            )


@pytest.mark.parametrize("how", ["edited", "activated"])
def test_a_new_beginning_ends_its_pause(add, session, clock, how):
    key = add()
    with writing(session) as open_session:
        stands = ProviderStanding(1, Reason.AUTH, clock.now(), 3)
        note_health(open_session, provider_id=key, stands=stands, success_at=None, error="no", error_at=clock.now())
    with writing(session) as open_session:
        if how == "edited":
            providers.change(open_session, row(), settings={}, secrets="", now=clock.now())
        else:
            roles.make_primary(open_session, row(), Signed("ada", clock.now()))
    health = row().health
    assert (health.streak, health.paused_reason, health.paused_until, health.pauses) == (0, None, None, 0)


@pytest.mark.parametrize("how", ["edited", "activated", "made fallback"])
def test_what_was_written_down_meanwhile_is_forgiven_too(app, add, session, clock, how):
    """On SQLite nobody can write meanwhile."""
    if session.get_bind().dialect.name == "sqlite":
        return
    key, paused = add(), ProviderStanding(5, Reason.AUTH, clock.now(), 1, clock.now())
    with writing(session) as open_session:
        providers.lock(open_session)
        was = row()
        with Session(db.engine) as other:
            note_health(other, provider_id=key, stands=paused, success_at=None, error="no", error_at=clock.now())
            other.commit()
        if how == "edited":
            providers.change(open_session, was, settings={}, secrets="", now=clock.now())
        elif how == "activated":
            roles.make_primary(open_session, was, Signed("ada", clock.now()))
        else:
            roles.make_fallback(open_session, was, Signed("ada", clock.now()))
    with writing(session) as open_session:
        assert providers.standing(open_session, provider_id=key, version=row().version) == ProviderStanding()


def test_changing_providers_holds_no_send_up(app, add, session, clock):
    """What a sender writes refers to a provider's row; on SQLite it waits as for every writer, on PostgreSQL not."""
    if session.get_bind().dialect.name == "sqlite":
        return
    attempt = {
        "provider_id": add(), "generation": 1, "number": 1, "started_at": clock.now(), "ms": 1, "phase": "x",
        "outcome": "accepted", "counted": True, "reply": "", "trigger": "dispatcher", "process": "x",
    }  # fmt: skip
    written = Event()

    def send():
        with app.app_context(), writing(db.session) as other:
            add_attempts(other, [attempt])
        written.set()

    with writing(session) as open_session:
        providers.lock(open_session)
        providers.change(open_session, row(), settings={}, secrets="", now=clock.now())
        sender = Thread(target=send)
        sender.start()
        assert written.wait(30)
    sender.join()
