"""An installation from outside: another process on its database sets it up and inspects it."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, insert, select, update

from tests.support.people import crowd_of
from webapp import create_app
from webapp.config import Settings
from webapp.database import writing
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.digest import Digest
from webapp.domain.message import NotificationMessage
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import channel as models
from webapp.models import user as users
from webapp.models import wishes
from webapp.models._columns import table_of
from webapp.models.delivery import Delivery
from webapp.models.envelope import Attempt
from webapp.models.provider import Provider, ProviderHealth
from webapp.models.user import User
from webapp.runtime import runtime
from webapp.services.people import accounts, tokens
from webapp.services.people.passwords import hashed
from webapp.services.posting import channels, notifier
from webapp.services.providers import provider_setup
from webapp.services.queue import deliveries
from webapp.services.queue.deliveries import DeliveryDetail, DeliveryRow

PASSWORD = "correct horse battery"
SENDER, SENDER_NAME = "belfry@example.com", "Belfry"
CHANNEL = "team.news"
HAPPENS_WITHIN = 30.0


class House:
    """Works in the test's process, with real time, through the same services as commands and screens."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def move_in(self, *names: str, role: str = "editor", phone: str | None = None) -> None:
        """Add people with an address at example.com, the PASSWORD, and a verified phone if one is given."""
        password_hash = hashed(PASSWORD)
        with self._app.app_context(), writing(db.session) as session:
            for name in names:
                users.add(
                    session,
                    username=name,
                    display_name=name.title(),
                    email=f"{name}@example.com",
                    role=role,
                    password_hash=password_hash,
                    created_at=runtime().now(),
                    phone=phone,
                    phone_verified_at=runtime().now() if phone else None,
                )

    def crowd(self, count: int) -> list[str]:
        """Add so many people, who cannot sign in; returns their usernames."""
        names = [f"p{number:05}" for number in range(count)]
        with self._app.app_context(), writing(db.session) as session:
            session.execute(insert(table_of(User)), crowd_of(names, runtime().now()))
        return names

    def token(self, username: str) -> str:
        """A new API token of that person's, with all scopes that their role allows."""
        with self._app.app_context():
            role, now = accounts.get(username=username).role, runtime().now()
            scopes = [scope for scope in Scope if role.includes(scope.role)]
            name = f"a test {token_hex(4)}"  # unique, since somebody may have several
            made = tokens.make(username=username, name=name, scopes=scopes, expires_at=None, by=username, now=now)
            return made.secret

    def open_channel(self, name: str = CHANNEL, *, immediate: bool = True, medium: str = "email", **more: Any) -> None:
        """A channel that goes out by e-mail, or otherwise."""
        with self._app.app_context():
            options = ChannelOptions(title="News", media=(medium,), immediate=immediate, **more)
            channels.add(name=name, options=options, by="the test", now=runtime().now())

    def send_by(self, port: int, *, name: str = "smtp-main", proven: bool = True, **settings: Any) -> None:
        """Add an active SMTP provider for a server on this machine. It counts as ``proven`` by default; otherwise a
        single envelope would have to get through before the rest."""
        raw = {
            "host": "127.0.0.1", "port": port, "security": "none", "auth": "none", "sender": SENDER,
            "sender_name": SENDER_NAME, **settings,
        }  # fmt: skip
        self.provide("smtp", name, "email", proven=proven, **raw)

    def provide(self, kind: str, name: str, medium: str, *, proven: bool = True, **raw: Any) -> None:
        """Add an active provider of any kind, with settings as an administrator would type them."""
        with self._app.app_context():
            here = runtime()
            provider_setup.add(
                kind=kind, name=name, medium=medium, raw={key: str(value) for key, value in raw.items()},
                activate=True, by="the test", now=here.now(), vault=here.vault,
            )  # fmt: skip
            mine = ProviderHealth.provider_id == select(Provider.id).where(Provider.name == name).scalar_subquery()
            with writing(db.session) as session:
                session.execute(
                    update(ProviderHealth).where(mine).values(proven_at=here.now() if proven else None),
                    execution_options={"synchronize_session": False},
                )

    def post(
        self,
        sender: str,
        to: Iterable[str],
        subject: str,
        body: str = "Have a look.",
        *,
        key: str | None = None,
        channel: str = CHANNEL,
        ago: timedelta = timedelta(),
    ) -> str:
        """Post on a channel, now or as if so long ago; returns the message's id."""
        message = NotificationMessage(channel=channel, recipients=tuple(to), subject=subject, body=body)
        with self._app.app_context():
            return notifier.post(message=message, sender=sender, now=runtime().now() - ago, key=key).id

    def command(self, *words: str, stdin: str = "") -> Result:
        """Run an operator's command in this process: starting a process for each would take long."""
        return self._app.test_cli_runner().invoke(args=words, input=stdin, catch_exceptions=False)

    def gather(self, channel: str, digest: Digest) -> None:
        """Give everybody a digest of a channel."""
        with self._app.app_context(), writing(db.session) as session:
            stream = models.named(session, channel)
            assert stream is not None
            for user_id in session.scalars(select(User.id)):
                wishes.prefer(
                    session, user_id=user_id, channel_id=stream.id, medium="email", wanted=True, digest=digest
                )

    def answer(self, *words: str, stdin: str = "") -> Any:
        """The parsed JSON answer of a command."""
        result = self.command(*words, "--json", stdin=stdin)
        assert (result.exit_code, result.stderr) == (0, ""), result.output
        return json.loads(result.stdout)

    def deliveries(self) -> list[DeliveryRow]:
        """The queue."""
        with self._app.app_context():
            return deliveries.listed()

    def delivery(self, id_: str) -> DeliveryDetail:
        """One delivery with all that is known of it."""
        with self._app.app_context():
            return deliveries.get(id=id_)

    def asked(self, statement: Any) -> Sequence[Any]:
        """The database's answer to a statement."""
        with self._app.app_context():
            return db.session.execute(statement).all()

    def in_flight(self) -> int:
        """How many deliveries have been started, and not been written down as ended."""
        started = Delivery.state == "sending", Delivery.started_at.is_not(None)
        return len(self.asked(select(Delivery.id).where(*started)))

    def change(self, statement: Any) -> None:
        """Change something directly in the database, such as a time."""
        with self._app.app_context(), writing(db.session) as session:
            session.execute(statement)

    def states(self) -> Counter[str]:
        """How many deliveries are in each state."""
        counted = select(Delivery.state, func.count().label("number")).group_by(Delivery.state)
        return Counter({row.state: row.number for row in self.asked(counted)})

    def shares(self) -> Counter[str]:
        """How many envelopes each process has handed over."""
        accepted = Attempt.outcome == "accepted"
        handed = select(Attempt.process, func.count().label("number")).where(accepted).group_by(Attempt.process)
        return Counter({row.process: row.number for row in self.asked(handed)})

    def reconnect(self) -> None:
        """Reconnect after the database was away."""
        with self._app.app_context():
            db.session.remove()
            db.engine.dispose()

    def rows(self) -> dict[str, int]:
        """The number of rows in each table that people's actions write to."""
        written = (table for table in db.metadata.sorted_tables if table.name not in BY_THE_CLOCK)
        with self._app.app_context():
            return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in written}

    def wait_until_all(self, *states: str, within: float = HAPPENS_WITHIN) -> None:
        """Return once every delivery is in one of these states."""
        self.wait(lambda: set(self.states()) <= set(states), within, f"only {states}; there are {self.states}")

    def wait(self, happened: Callable[[], bool], within: float = HAPPENS_WITHIN, what: str = "") -> None:
        """Return once ``happened`` is true. The database does not announce changes, so it is polled."""
        deadline = time.monotonic() + within
        while not happened():
            if time.monotonic() > deadline:
                pytest.fail(f"Not within {within:g} s: {what} ({dict(self.states())})")
            time.sleep(0.05)


# Tables that jobs write to by themselves, so that their sizes say nothing about people's actions.
BY_THE_CLOCK = {"heartbeat", "job", "job_run", "job_lease", "minute_count", "throttle", "user_session"}


@pytest.fixture
def house(environment: dict[str, str]) -> Iterator[House]:
    """The test's installation, from outside; on the same database as ``serve`` and ``belfry``."""
    app = create_app(Settings.read(environment))
    yield House(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
