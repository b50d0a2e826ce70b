"""A new encryption key: everything is sealed with it, whatever cannot be opened stands in nobody's way."""

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from tests.support.subscribers import subscriber
from webapp.database import reading, writing
from webapp.extensions import db
from webapp.models import provider as providers
from webapp.models.audit import AuditEvent
from webapp.models.subscriber import Subscriber
from webapp.services.providers import life_cycle, rotation
from webapp.services.providers.rotation import Rotated
from webapp.vault import Unreadable, Vault

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))
SECRETS = {"password": "correct horse"}


@pytest.fixture
def add(session, clock):
    """``add("main", OLD)``: a provider whose secrets are sealed with that key; with None it has no secret."""

    def make(name, key):
        sealed = Vault([key]).seal(SECRETS) if key else ""
        with writing(db.session) as opened:
            providers.add(
                opened, name=name, kind="file", medium="email", settings={}, secrets=sealed, now=clock.now()
            )  # fmt: skip

    return make


@pytest.fixture
def rotate(clock):
    return lambda *keys: rotation.rotate(by="root", now=clock.now(), vault=Vault(keys))


def sealed(name):
    with reading(db.session) as session:
        row = providers.named(session, name)
        return row.secrets, row.version


def events():
    with reading(db.session) as session:
        rows = session.execute(select(AuditEvent.who, AuditEvent.what, AuditEvent.target, AuditEvent.after))
        return [tuple(row) for row in rows]


def test_everything_is_sealed_with_the_first_key(add, rotate):
    for name, key in (("a", OLD), ("b", NEW), ("c", None), ("d", LOST)):
        add(name, key)
    before = sealed("d"), sealed("b")
    assert rotate(NEW, OLD) == Rotated(("a",), ("b",), ("d",))
    assert Vault([NEW]).open(sealed("a")[0]) == SECRETS
    with pytest.raises(Unreadable):
        Vault([OLD]).open(sealed("a")[0])
    assert (sealed("d"), sealed("b")) == before
    assert sealed("c")[0] == ""
    assert sealed("a")[1] == 1, "nothing about it has changed"
    assert events() == [("root", "provider secrets resealed", "provider:a", None)]


def test_a_second_time_there_is_nothing_to_do(add, rotate):
    add("a", OLD)
    rotate(NEW, OLD)
    once = sealed("a")
    assert rotate(NEW, OLD) == rotate(NEW) == Rotated((), ("a",), ())
    assert sealed("a") == once
    assert len(events()) == 1


def test_it_can_be_foreseen(add, rotate):
    add("a", OLD)
    before = sealed("a")
    assert rotation.foresee(vault=Vault([NEW, OLD])) == Rotated(("a",), (), ())
    assert sealed("a") == before
    assert events() == []


def test_what_was_removed_keeps_no_secret_to_be_sealed(add, rotate, clock):
    add("a", OLD)
    life_cycle.remove(name="a", by="ada", now=clock.now())
    assert rotate(NEW) == Rotated((), (), ())


def test_the_secrets_of_subscribers_are_sealed_with_the_others(world, rotate):
    old = Vault([OLD])
    world.execute(update(Subscriber).where(Subscriber.id == subscriber(world)).values(secrets=old.seal(SECRETS)))
    assert rotate(NEW, OLD).resealed == ("subscriber:archive",)
    with reading(db.session) as session:
        assert Vault([NEW]).open(session.scalars(select(Subscriber.secrets)).one()) == SECRETS
    assert rotate(NEW, OLD) == Rotated((), ("subscriber:archive",), ())
