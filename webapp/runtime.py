"""What a running process has besides its database: settings, clock, vault, surroundings."""

import logging
import os
import random
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, current_app
from sqlalchemy import Connection

from webapp.config import BadSetting, Settings
from webapp.database import server_time
from webapp.delivery.accounts import build
from webapp.delivery.links import Links
from webapp.delivery.lot import Account, EngineSettings
from webapp.delivery.pipeline import Engine
from webapp.domain import signals
from webapp.domain.alert import Alert
from webapp.domain.clock import Clock
from webapp.domain.job import Job
from webapp.extensions import db
from webapp.keys import encryption_keys, secret_key
from webapp.nudges import Nudges, nudges
from webapp.providers import Provider, Surroundings
from webapp.services.posting.limits import Limits
from webapp.services.running import alerts
from webapp.tokens import Tokens
from webapp.vault import Vault

_log = logging.getLogger(__name__)
_EXTENSION = "belfry"
# As many as SQLAlchemy's default pool opens at most. The default keeps only 5: with 8 requests at once it would open,
# set up and close a connection for every other one of them.
_CONNECTIONS = 15
# Last in, first out: the connection used last has the statements prepared, and its cached pages still hold unless
# somebody else has written. The others stay idle for long, and are kept alive.
_POOL = {"pool_size": _CONNECTIONS, "max_overflow": 0, "pool_use_lifo": True, "pool_timeout": 10}  # seconds


@dataclass(frozen=True, slots=True)
class Runtime:
    """Passed to services and the engine by the entry points; nothing below these looks any of it up by itself."""

    settings: Settings
    clock: Clock
    vault: Vault
    tokens: Tokens
    surroundings: Surroundings
    nudges: Nudges
    process: str

    def now(self) -> datetime:
        """The present time, to be passed to a service."""
        return self.clock.now()

    @property
    def limits(self) -> Limits:
        """How much one poster may post."""
        return Limits(self.settings.posts_per_minute, self.settings.recipients_per_hour)

    def follow_database(self) -> None:
        """Use the database server's clock, if it has one: processes on several hosts compare leases with it."""
        if moment := server_time(db.session):
            self.clock.follow(moment)

    def make_provider(self, account: Account) -> Provider:
        """The provider that an account describes."""
        return build(
            kind=account.kind,
            name=account.name,
            settings=account.settings,
            sealed=account.sealed,
            vault=self.vault,
            surroundings=self.surroundings,
        )


def install(app: Flask, settings: Settings, clock: Clock | None = None) -> Runtime:
    """Make the application's Runtime and its Flask configuration. Raises BadSetting where a key is missing, or INSTANCE
    cannot be used."""
    signing, encrypting = _keys(settings)
    app.config.update(
        SECRET_KEY=signing,
        SQLALCHEMY_DATABASE_URI=settings.database_address,
        SQLALCHEMY_ENGINE_OPTIONS=_POOL,
        MAX_CONTENT_LENGTH=settings.max_body,
        MAX_FORM_MEMORY_SIZE=settings.max_body,
    )
    made = Runtime(
        settings=settings,
        clock=clock or real_clock(),
        vault=Vault(encrypting),
        tokens=Tokens(signing),
        surroundings=Surroundings(settings.instance.resolve(), settings.allowed_networks, settings.public_url),
        nudges=nudges(settings.database_address, direct=settings.database_direct_url, connect=_connect),
        process=f"{socket.gethostname()}:{os.getpid()}",
    )
    app.extensions[_EXTENSION] = made
    signals.alerted.connect(_post_alert)
    signals.due.connect(_nudge)
    return made


def _connect() -> Connection:
    """A connection from the pool of the current application."""
    return db.engine.connect()


def _nudge(_sender: object = None, *, job: Job, **_more: object) -> None:
    """Tell the other processes that a job has something to do."""
    runtime().nudges.say(job)


def _post_alert(_sender: object = None, *, alert: Alert) -> None:
    """Tell the administrators. A failure is only logged: it must not make worse what has gone wrong already."""
    try:
        alerts.post(alert=alert, now=runtime().now(), public_url=runtime().settings.public_url)
    except Exception:  # noqa: BLE001 — such as a database that is away
        _log.exception("The administrators could not be told: %s", alert.subject)


def _keys(settings: Settings) -> tuple[str, tuple[str, ...]]:
    """The signing key and the encryption keys, from the settings or from INSTANCE."""
    try:
        settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        return secret_key(settings), encryption_keys(settings)
    except OSError as error:
        raise BadSetting(f"BELFRY_INSTANCE, {settings.instance}, cannot be used: {error.strerror}.") from None


def engine(app: Flask) -> Engine:
    """What a pipeline of this process works with."""
    made: Runtime = app.extensions[_EXTENSION]
    settings = made.settings
    return Engine(
        session=db.session,
        clock=made.clock,
        settings=EngineSettings(
            lease_s=settings.lease,
            dispatch_batch=settings.dispatch_batch,
            resend_batch=settings.resend_batch,
            concurrency=settings.concurrency,
            stop_grace_s=settings.stop_grace,
        ),
        make_provider=made.make_provider,
        in_context=app.app_context,
        draw=random.uniform,
        process=made.process,
        links=Links(public_url=settings.public_url, token=made.tokens.of),
    )


def runtime() -> Runtime:
    """The Runtime of the application that is answering or working."""
    return current_app.extensions[_EXTENSION]


def real_clock() -> Clock:
    """The system's clock, which never runs back."""
    return Clock(lambda: datetime.now(UTC), time.monotonic, _passed)


def _passed() -> float:
    """Seconds that go on while the machine sleeps; on Linux the monotonic clock stands still then."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
