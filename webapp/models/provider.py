"""Providers: configured accounts of a kind. Their health is in a table of its own, since that changes with every
lot."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, bindparam, func, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from webapp.domain.breaker import LONGEST_REST_S, ProviderStanding
from webapp.domain.reason import Reason
from webapp.domain.text import LONGEST_WHY
from webapp.extensions import db
from webapp.models._columns import IntKey, partial_index, table_of

PRIMARY, FALLBACK, INACTIVE = "primary", "fallback", "inactive"  # the roles


class Provider(db.Model):
    """``role``: inactive, primary or fallback; at most one primary per medium. ``secrets`` is encrypted, or empty.

    ``version`` counts the changes of its settings, and ``changed_at`` is when the last one was made; a change of role
    does not count, and is told by ``role_at``, ``role_by`` and ``role_why``. ``position`` orders the fallbacks. A row
    stays when its provider is removed: attempts refer to it.
    """

    __tablename__ = "provider"
    __table_args__ = (
        CheckConstraint("role IN ('inactive', 'primary', 'fallback')", name="role"),
        partial_index("uq_provider_primary", "medium", where="role = 'primary'", unique=True),
    )

    id: Mapped[IntKey]
    name: Mapped[str] = mapped_column(String(50), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    medium: Mapped[str] = mapped_column(String(10))
    role: Mapped[str] = mapped_column(String(10), default=INACTIVE)
    position: Mapped[int] = mapped_column(default=0)
    settings: Mapped[dict[str, Any]]
    secrets: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    removed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    role_at: Mapped[datetime | None]
    role_by: Mapped[str | None] = mapped_column(String(60))
    role_why: Mapped[str | None] = mapped_column(String(LONGEST_WHY))
    health: Mapped["ProviderHealth"] = relationship(back_populates="provider", lazy="joined")


class ProviderHealth(db.Model):
    """How a provider fares. Every process writes these rows, so that is done last in a lot's transaction."""

    __tablename__ = "provider_health"

    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None]
    streak: Mapped[int] = mapped_column(default=0)
    paused_reason: Mapped[str | None] = mapped_column(String(30))
    paused_until: Mapped[datetime | None]
    pauses: Mapped[int] = mapped_column(default=0, server_default="0")  # in a row, with no success between
    proven_at: Mapped[datetime | None]
    rests_until: Mapped[datetime | None]  # the far side asked to be left alone until then
    paced_until: Mapped[datetime | None]  # up to when the sends that its pace allows are used up
    provider: Mapped[Provider] = relationship(back_populates="health")

    @property
    def stands(self) -> ProviderStanding:
        """Its standing, as the engine needs it."""
        columns = {name: getattr(self, name) for name in STANDING}
        return standing_of(columns)


STANDING = ("streak", "paused_reason", "paused_until", "pauses", "rests_until")


def standing_of(health: Mapping[str, Any]) -> ProviderStanding:
    """A provider's standing, from a row with the columns of STANDING."""
    reason = Reason(health["paused_reason"]) if health["paused_reason"] else None
    rest = health["paused_until"], health["pauses"], health["rests_until"]
    return ProviderStanding(health["streak"], reason, *rest)


class ProviderHour(db.Model):
    """How many tries of one hour a provider accepted, and how many failed by its own fault."""

    __tablename__ = "provider_hour"

    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)  # its beginning
    accepted: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)


IN_TURN = (Provider.role.desc(), Provider.position, Provider.id)  # the primary one, then its fallbacks in their order


def lock(session: Session) -> None:
    """Lock all providers for this transaction: which one is primary depends on several rows.

    SQLite has one writer anyway. Sends go on: what they write only refers to these rows, which the lock does not block.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE provider IN SHARE ROW EXCLUSIVE MODE"))


def listed(session: Session) -> Sequence[Provider]:
    """Every provider that has not been removed, in the order of the names."""
    return session.scalars(select(Provider).where(Provider.removed_at.is_(None)).order_by(Provider.name)).all()


def active(session: Session, medium: str) -> Sequence[Provider]:
    """The providers that send a medium: the primary, then its fallbacks in their order."""
    working = select(Provider).where(Provider.medium == medium, Provider.role != INACTIVE)
    return session.scalars(working.order_by(*IN_TURN)).all()


def named(session: Session, name: str) -> Provider | None:
    """The provider of that name, if it has not been removed. A name with characters that no database can store is
    nobody's."""
    if not name.isprintable():
        return None
    return session.scalar(select(Provider).where(Provider.name == name, Provider.removed_at.is_(None)))


def add(
    session: Session,
    *,
    name: str,
    kind: str,
    medium: str,
    settings: Mapping[str, Any],
    secrets: str,
    now: datetime,
) -> Provider:
    """A new provider, inactive. The caller holds ``lock`` and knows that the name is free."""
    provider = Provider(
        name=name,
        kind=kind,
        medium=medium,
        role=INACTIVE,
        settings=dict(settings),
        secrets=secrets,
        changed_at=now,
        health=ProviderHealth(streak=0),
    )
    session.add(provider)
    session.flush()
    return provider


def change(session: Session, provider: Provider, *, settings: Mapping[str, Any], secrets: str, now: datetime) -> None:
    """New settings: the version is counted up, and the health of the old ones is forgotten."""
    provider.settings, provider.secrets, provider.changed_at = dict(settings), secrets, now
    provider.version += 1
    session.flush()
    forgive(session, provider)


def reseal(session: Session, provider: Provider, secrets: str) -> None:
    """The same secrets under another key: nothing about it has changed."""
    provider.secrets = secrets
    session.flush()


def forgive(session: Session, provider: Provider) -> None:
    """Reset its health: no faults, and not proven. All columns are written, whatever was read before: a lot may have
    been written meanwhile."""
    nothing = dict.fromkeys(("paused_reason", "paused_until", "proven_at", "rests_until"))
    blank = update(ProviderHealth).where(ProviderHealth.provider_id == provider.id)
    session.execute(blank.values(streak=0, pauses=0, **nothing))


def remove(session: Session, provider: Provider, *, now: datetime) -> None:
    """It is no longer listed, its secrets are deleted and its name is free; its attempts still refer to it."""
    mark = f" (removed {provider.id})"
    provider.name = provider.name[: 50 - len(mark)] + mark
    provider.role, provider.secrets, provider.removed_at = INACTIVE, "", now
    session.flush()


def standing(session: Session, *, provider_id: int, version: int) -> ProviderStanding | None:
    """Its standing, locked for this transaction; None where it has been edited since ``version``."""
    row = session.execute(_standing(), {"its_id": provider_id, "its_version": version}).mappings().first()
    return standing_of(cast(Mapping[str, Any], row)) if row else None


@cache
def _standing() -> Any:
    health, provider = table_of(ProviderHealth), table_of(Provider)
    wanted = select(*(health.c[name] for name in STANDING)).join(provider, provider.c.id == health.c.provider_id)
    its = health.c.provider_id == bindparam("its_id"), provider.c.version == bindparam("its_version")
    return wanted.where(*its).with_for_update(of=health)


def note_health(
    session: Session,
    *,
    provider_id: int,
    stands: ProviderStanding,
    success_at: datetime | None,
    error: str | None,
    error_at: datetime | None,
) -> None:
    """Write down what a lot has shown about a provider. While it is paused it is not proven."""
    values: dict[str, Any] = {
        "streak": stands.streak,
        "paused_reason": stands.paused_reason.value if stands.paused_reason else None,
        "paused_until": stands.paused_until,
        "pauses": stands.pauses,
        "rests_until": stands.rests_until,
    }
    if stands.paused_reason:
        values["proven_at"] = None
    elif success_at:
        values["proven_at"] = success_at
    if success_at:
        values["last_success_at"] = success_at
    if error_at:
        values |= {"last_error": error, "last_error_at": error_at}
    given = {f"new_{name}": value for name, value in values.items()}
    session.execute(_health_update(tuple(values), first=not stands.paused_reason), {"its_id": provider_id, **given})


@cache
def _health_update(names: Sequence[str], *, first: bool) -> Any:
    """An update of these columns. Where the try may be the ``first`` to prove the provider, an earlier ``proven_at`` is
    kept."""
    health = table_of(ProviderHealth)
    new: dict[str, Any] = {name: bindparam(f"new_{name}", type_=health.c[name].type) for name in names}
    if first and "proven_at" in new:
        new["proven_at"] = func.coalesce(health.c.proven_at, new["proven_at"])
    return update(health).where(health.c.provider_id == bindparam("its_id")).values(new)


def last_errors(session: Session) -> dict[int, str]:
    """The last error of each provider that ever had one."""
    health = table_of(ProviderHealth)
    found = select(health.c.provider_id, health.c.last_error).where(health.c.last_error.is_not(None))
    return {row.provider_id: row.last_error for row in session.execute(found)}


def take_probe(session: Session, *, provider_id: int, now: datetime, until: datetime) -> bool:
    """Take the right to probe a paused provider whose rest is over. Nobody else may before ``until``."""
    health, unheard_of = table_of(ProviderHealth), now + timedelta(seconds=LONGEST_REST_S)
    over = or_(health.c.paused_until <= now, health.c.paused_until > unheard_of)
    taken = update(health).where(health.c.provider_id == provider_id, over)
    return session.scalar(taken.values(paused_until=until).returning(health.c.provider_id)) is not None
