"""Providers as rows: one primary a medium, and a health apart."""

from threading import Event, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.database import writing
from webapp.extensions import db
from webapp.models import provider as providers
from webapp.models.envelope import add_attempts
from webapp.models.provider import Provider, ProviderHealth, note_health


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


def test_the_primary_is_replaced_within_its_medium(add, session):
    for name, medium in (("a", "email"), ("b", "email"), ("c", "sms")):
        add(name, medium)
        with writing(session) as open_session:
            former = providers.make_primary(open_session, row(name))
            assert (former.name if former else None) == ("a" if name == "b" else None)
    assert [row(name).role for name in "abc"] == ["inactive", "primary", "primary"]
    with writing(session) as open_session:
        providers.make_inactive(open_session, row("b"))
    assert row("b").role == "inactive"


def test_new_settings_forget_what_was_known_of_the_old_ones(add, session, clock):
    key = add()
    with writing(session) as open_session:
        note_health(
            open_session,
            provider_id=key,
            success_at=clock.now(),
            error="535 no",
            error_at=clock.now(),
            last_failed=True,
            failures=3,
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


def test_failures_in_a_row_are_counted_until_a_success(add, session, clock):
    key = add()
    told = {"provider_id": key, "error": "no", "error_at": clock.now(), "last_failed": True, "failures": 2}
    for _ in range(2):
        with writing(session) as open_session:
            note_health(open_session, success_at=None, **told)
    assert session.scalar(select(ProviderHealth.streak)) == 4


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
        assert written.wait(10)
    sender.join()
