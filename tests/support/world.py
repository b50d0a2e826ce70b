"""A small world for the engine: people, a channel, providers whose far sides a test controls, and the engine itself."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Condition, Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from tests.support.clock import FakeClock
from tests.support.people import crowd_of
from webapp.database import writing
from webapp.delivery.lot import Account, Kind
from webapp.delivery.pipeline import Engine
from webapp.delivery.resident import drain
from webapp.domain.digest import Digest
from webapp.domain.envelope import Accepted, Envelope, Transcript
from webapp.domain.message import NotificationMessage
from webapp.domain.quiet_hours import QuietHours
from webapp.extensions import db
from webapp.models import channel as channels
from webapp.models import user as users
from webapp.models import wishes
from webapp.models._columns import table_of
from webapp.models.channel import Channel, ChannelMedium
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Attempt
from webapp.models.policy import Policy
from webapp.models.provider import Provider as ProviderRow
from webapp.models.provider import ProviderHealth
from webapp.models.user import User
from webapp.providers import Provider, Surroundings
from webapp.runtime import engine
from webapp.services.posting import notifier
from webapp.services.posting.notifier import Posted

WITHIN = 30.0
Answer = Accepted | BaseException
Answers = Answer | Sequence[Answer] | Callable[[Envelope], Answer]


class FarSide(Provider):
    """A provider whose far side is the test: ``answer`` decides the result of a send, ``sent`` are all envelopes
    tried."""

    kind, label, summary, media, fields = "file", "Far side", "A test's.", ("email", "sms"), ()

    def __init__(self, name: str = "far side") -> None:
        super().__init__(name, {}, Surroundings(Path()))
        self.answer: Answers = Accepted("250 taken")
        self.phase = "asked"
        self.sent: list[Envelope] = []
        self.held = self.most_held = self.closed = 0
        self._changed, self._open = Condition(), Event()
        self._open.set()

    @property
    def timeout(self) -> float:
        return 5.0

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        with transcript.phase(self.phase):
            self._note(envelope, 1)
            self._open.wait(WITHIN)
            self._note(None, -1)
        answer = self._answer(envelope)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        with self._changed:
            self.closed += 1
            self._changed.notify_all()

    def hold(self) -> None:
        """From now on answer no send."""
        self._open.clear()

    def release(self) -> None:
        """Answer the waiting sends and all later ones."""
        self._open.set()

    def wait_until_held(self, count: int) -> None:
        """Return once so many sends wait for their answer."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.held >= count, WITHIN), f"{self.held} held"

    @property
    def addresses(self) -> list[str]:
        """The addresses that it was asked to send to, in order."""
        return [envelope.address for envelope in self.sent]

    def _note(self, envelope: Envelope | None, held: int) -> None:
        with self._changed:
            self.sent += [envelope] if envelope else []
            self.held += held
            self.most_held = max(self.held, self.most_held)
            self._changed.notify_all()

    def _answer(self, envelope: Envelope) -> Answer:
        if isinstance(self.answer, Sequence):
            return self.answer[min(len(self.sent), len(self.answer)) - 1]
        return self.answer(envelope) if callable(self.answer) else self.answer


class World:
    """The database and the engine over it. ``far`` are the far sides by medium."""

    def __init__(self, app: Flask, session: Session, clock: FakeClock) -> None:
        self.app, self.session, self.clock = app, session, clock
        self.far: dict[str, FarSide] = {"email": FarSide("email"), "sms": FarSide("sms")}

    @property
    def mail(self) -> FarSide:
        return self.far["email"]

    # --- what there is ---

    def person(self, username: str, **columns: Any) -> int:
        usual = {"display_name": username.capitalize(), "email": f"{username}@example.com", "role": "editor"}
        with writing(self.session) as session:
            made = users.add(session, username=username, created_at=self.clock.now(), **usual | columns)
            return made.id

    def crowd(self, count: int) -> list[str]:
        """Add so many people; returns their usernames."""
        names = [f"p{number:05}" for number in range(count)]
        with writing(self.session) as session:
            session.execute(insert(table_of(User)), crowd_of(names, self.clock.now()))
        return names

    def channel(self, name: str = "team.news", *media: str, policy: str = "optimizely", **columns: Any) -> int:
        """Add a channel, for e-mail unless media are named or ``media=()``."""
        wanted = columns.pop("media", media or ("email",))
        with writing(self.session) as session:
            policy_id = session.scalars(select(Policy.id).where(Policy.name == policy)).one()
            rows = [ChannelMedium(medium=medium, position=position) for position, medium in enumerate(wanted)]
            made = Channel(name=name, title=name.title(), policy_id=policy_id, media=rows, **columns)
            session.add(made)
            session.flush()
            return made.id

    def provider(self, medium: str = "email", *, name: str = "", role: str = "primary", proven: bool = True) -> int:
        """Add a provider. One that is not ``proven`` must get a single envelope through before the rest follow."""
        proven_at = self.clock.now() if proven else None
        with writing(self.session) as session:
            made = ProviderRow(
                name=name or f"{medium}-main", kind="file", medium=medium, role=role, secrets="",
                settings={"sender": "belfry@example.com"},
                changed_at=self.clock.now(), health=ProviderHealth(streak=0, proven_at=proven_at),
            )  # fmt: skip
            session.add(made)
            session.flush()
            return made.id

    def prefer(
        self,
        username: str,
        *,
        wanted: bool = True,
        digest: str = "",
        channel: str = "team.news",
        medium: str = "email",
    ) -> None:
        with writing(self.session) as session:
            who, where = users.named(session, username), channels.named(session, channel)
            assert who is not None
            assert where is not None
            often = Digest.read(digest) if digest else None
            wishes.prefer(session, user_id=who.id, channel_id=where.id, medium=medium, wanted=wanted, digest=often)

    def mute(self, username: str, *, channel: str = "", sender: str = "", until: datetime | None = None) -> None:
        with writing(self.session) as session:
            who, stream, by = (
                users.named(session, username), channels.named(session, channel), users.named(session, sender),
            )  # fmt: skip
            assert who is not None
            muted = {"channel_id": stream.id if stream else None, "sender_id": by.id if by else None}
            wishes.mute(session, user_id=who.id, **muted, until=until, now=self.clock.now())

    def quiet(self, username: str, *hours: str) -> None:
        with writing(self.session) as session:
            who = users.named(session, username)
            assert who is not None
            wishes.put_quiet_hours(session, user_id=who.id, hours=[QuietHours.read(one) for one in hours])

    def post(self, *to: str, sender: str = "edith", key: str | None = None, **message: Any) -> Posted:
        usual: dict[str, Any] = {"channel": "team.news", "subject": "Lunch", "body": "At *noon*."}
        made = NotificationMessage(**{"recipients": to or ("emil",)} | usual | message)
        return notifier.post(message=made, sender=sender, now=self.clock.now(), key=key)

    def execute(self, statement: Any) -> None:
        """Change something directly in the database."""
        with writing(self.session) as session:
            session.execute(statement)

    # --- the engine ---

    def engine(self, **settings: Any) -> Engine:
        """The application's engine, with far sides in place of providers, and with these settings."""
        real = engine(self.app)
        return replace(
            real, make_provider=self._far_side, settings=replace(real.settings, **settings), draw=lambda low, _high: low
        )

    def _far_side(self, account: Account) -> Provider:
        """Subscribers' endpoints are real, unless there is a far side of that name."""
        return self.far.get(account.name) or self.far.get(account.medium) or engine(self.app).make_provider(account)

    def dispatch(self, **settings: Any) -> dict[str, int]:
        """One pass of first tries."""
        return drain(self.engine(**settings), [Kind.FRESH]).counts()

    def retry(self, **settings: Any) -> dict[str, int]:
        """One pass of later tries."""
        return drain(self.engine(**settings), [Kind.LATER]).counts()

    # --- what there is to see ---

    def rows(self, **columns: Any) -> list[Any]:
        """The deliveries, in the order of posting."""
        return self._all(select(table_of(Delivery)).filter_by(**columns).order_by(Delivery.id))

    @property
    def row(self) -> Any:
        """The only delivery."""
        [row] = self.rows()
        return row

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def moves(self, delivery_id: str | None = None) -> list[tuple[str | None, str]]:
        """The (from, to) states of the moves, in order; of the only delivery unless one is named."""
        return [(move.was, move.became) for move in self.ledger(delivery_id)]

    def ledger(self, delivery_id: str | None = None) -> list[Any]:
        wanted = select(table_of(Move)).where(Move.delivery_id == (delivery_id or self.row.id))
        return self._all(wanted.order_by(Move.id))

    def attempts(self) -> list[Any]:
        return self._all(select(table_of(Attempt)).order_by(Attempt.id))

    def count(self, model: Any) -> int:
        with writing(self.session) as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def _all(self, statement: Any) -> list[Any]:
        self.session.rollback()
        found = list(self.session.execute(statement))
        self.session.rollback()
        return found


def wait_for(happened: Callable[[], Any]) -> None:
    """Return once ``happened`` is true, which another thread brings about."""
    deadline = time.monotonic() + WITHIN
    while not happened():
        assert time.monotonic() < deadline, "It has not happened."
        time.sleep(0.01)


def elapsed(start: datetime, at: datetime) -> float:
    """Seconds between."""
    return (at - start).total_seconds()


@pytest.fixture
def bare_world(app: Flask, session: Session, clock: FakeClock) -> Iterator[World]:
    """A world with nothing in it."""
    made = World(app, session, clock)
    yield made
    for far in made.far.values():
        far.release()
    db.session.rollback()


@pytest.fixture
def world(bare_world: World) -> World:
    """Edith, who posts, and Emil, who receives; the channel ``team.news``; an active provider for e-mail."""
    bare_world.person("edith")
    bare_world.person("emil")
    bare_world.channel()
    bare_world.provider()
    return bare_world
