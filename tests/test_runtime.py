"""Runtime: what a process is made of, and what it hands to services and the engine."""

import os
import socket
import stat
import time
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from webapp.config import BadSetting, Settings
from webapp.delivery.lot import Account
from webapp.extensions import db
from webapp.providers.file import File
from webapp.runtime import engine, install, real_clock, runtime
from webapp.vault import Unreadable, Vault


@pytest.fixture
def made(app):
    with app.app_context():
        yield runtime()


def test_outside_of_an_application_there_is_none():
    with pytest.raises(RuntimeError, match="application context"):
        runtime()


def test_it_is_what_the_settings_say(made, settings, clock, instance):
    assert (made.settings, made.clock) == (settings, clock)
    assert made.surroundings.folder == instance
    assert made.surroundings.allowed_networks == settings.allowed_networks
    assert made.process == f"{socket.gethostname()}:{os.getpid()}"


def test_the_vault_opens_what_this_installation_has_sealed_and_nothing_else(made, settings):
    assert made.vault.open(Vault(settings.encryption_keys).seal({"password": "p"})) == {"password": "p"}
    stranger = Vault(["A" * 43 + "="])
    with pytest.raises(Unreadable):
        made.vault.open(stranger.seal({"password": "p"}))


def test_the_folder_is_made_for_its_owner_alone(environment, tmp_path):
    folder = tmp_path / "deep" / "instance"
    install(Flask("fresh"), Settings.read(environment | {"BELFRY_INSTANCE": str(folder)}))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_used_is_one_line(environment, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting) as caught:
        install(Flask("fresh"), Settings.read(environment | {"BELFRY_INSTANCE": f"{tmp_path}/file/instance"}))
    assert str(caught.value) == f"BELFRY_INSTANCE, {tmp_path}/file/instance, cannot be used: Not a directory."


def test_an_account_becomes_the_provider_it_describes(made, instance):
    account = Account(
        id=1, version=1, name="box", kind="file", medium="email", settings={"sender": "belfry@example.com"},
        sealed=made.vault.seal({}),
    )  # fmt: skip
    provider = made.make_provider(account)
    assert isinstance(provider, File)
    assert provider.name == "box"


def test_the_engine_has_the_settings_numbers(environment, clock):
    given = {"LEASE": "7.5", "DISPATCH_BATCH": "11", "RESEND_BATCH": "12", "CONCURRENCY": "3", "STOP_GRACE": "9"}
    app = Flask("fresh")
    made = install(app, Settings.read(environment | {f"BELFRY_{key}": value for key, value in given.items()}), clock)
    found = engine(app)
    assert (found.settings.lease_s, found.settings.stop_grace_s, found.settings.concurrency) == (7.5, 9, 3)
    assert (found.settings.dispatch_batch, found.settings.resend_batch) == (11, 12)
    assert (found.clock, found.process, found.session) == (clock, made.process, db.session)
    assert all(3 <= found.draw(3, 4) <= 4 for _ in range(100))


def test_the_real_clock_tells_the_time_in_utc():
    now = real_clock().now()
    assert now.tzinfo == UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="has no such clock")
def test_the_real_clock_knows_what_passes_while_the_machine_sleeps(monkeypatch):
    asked = []
    monkeypatch.setattr(time, "clock_gettime", lambda which: asked.append(which) or 5.0)
    assert real_clock().passed() == 5.0
    assert asked == [time.CLOCK_BOOTTIME]


def test_connections_are_kept_for_all_that_is_answered_at_once(made):
    pool = db.engine.pool
    held = [pool.connect() for _ in range(made.settings.web_threads)]
    dialled = {one.dbapi_connection for one in held}
    for one in held:
        one.close()
    again = [pool.connect() for _ in held]
    assert {one.dbapi_connection for one in again} == dialled
    for one in again:
        one.close()
