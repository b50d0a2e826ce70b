"""A poster's states address: their own subscriber, which is told what becomes of what they post.

It is a subscriber like any other, with the same guard, check, secrets and signing key, but it belongs to a user, has no
channels, and its name is made from the username.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models.roles import Signed
from webapp.models.subscriber import Subscriber
from webapp.models.user import User
from webapp.services._bench import Bench
from webapp.services.subscribers import checks, life, subscriber_setup
from webapp.services.subscribers._rows import problem_in_name
from webapp.services.subscribers._view import SubscriberView
from webapp.services.subscribers.checks import Checked
from webapp.services.subscribers.life import SwitchedOff, SwitchedOn
from webapp.services.subscribers.subscriber_setup import Draft, Saved
from webapp.vault import Vault


def get(*, username: str, vault: Vault) -> SubscriberView | None:
    """This user's states address, or None."""
    name = _name(username)
    return subscriber_setup.get(name=name, vault=vault) if name else None


def save(
    *,
    username: str,
    raw: Mapping[str, str],
    version: int | None = None,
    active: bool = True,
    waive: str = "",
    bench: Bench,
) -> Saved:
    """Register an address, or change the present one, seen at ``version`` (None: any).

    A new one is checked before it is saved, unless it is not to be ``active`` yet: it may first have to learn its
    signing key, which is shown this once. Raises Refused naming each bad field, Conflict, CheckFailed.
    """
    mine, by = get(username=username, vault=bench.vault), username
    if mine is None:
        name, owner_id = _new_name(username), _user_id(username)
        told = {"draft": Draft(raw=raw), "active": active, "waive": waive, "owner_id": owner_id}
        return subscriber_setup.add(name=name, **told, by=by, bench=bench)
    draft, seen = Draft(raw=raw, policy=mine.policy), mine.version if version is None else version
    return subscriber_setup.edit(name=mine.name, version=seen, draft=draft, waive=waive, by=by, bench=bench)


def test(*, username: str, bench: Bench) -> Checked:
    """Check the saved address now and store the result. Takes 20 s at most. Raises Missing, Conflict."""
    return checks.check(name=_named(username), by=username, bench=bench)[1]


def switch_on(*, username: str, why: str = "", bench: Bench) -> SwitchedOn:
    """Send to it from now on, including what has waited. Raises Missing, Conflict, CheckFailed, Refused for the
    reason."""
    return life.switch_on(name=_named(username), why=why, by=username, bench=bench)


def hold(session: Session, *, user_id: int, signed: Signed) -> None:
    """Send nothing more to it, in the transaction that closes its user's account; its deliveries wait."""
    mine = select(Subscriber).where(Subscriber.owner_id == user_id, Subscriber.active, Subscriber.removed_at.is_(None))
    if row := session.scalar(mine.with_for_update(of=Subscriber)):
        life.hold(session, row, signed)


def remove(*, username: str, now: datetime) -> SwitchedOff:
    """Remove it, and cancel its waiting deliveries. Raises Missing."""
    return life.remove(name=_named(username), by=username, now=now)


def _name(username: str) -> str | None:
    mine = select(Subscriber.name).join(User, User.id == Subscriber.owner_id)
    return db.session.scalar(mine.where(User.username == username, Subscriber.removed_at.is_(None)))


def _named(username: str) -> str:
    name = _name(username)
    if name is None:
        raise Missing({"subscriber": "You have no address that would be told."})
    return name


def _user_id(username: str) -> int:
    return db.session.scalars(select(User.id).where(User.username == username)).one()


def _new_name(username: str) -> str:
    """A free name, made from the username where that may be part of a name."""
    name = f"states-of-{username}"
    taken = db.session.scalar(select(Subscriber.id).where(Subscriber.name == name))
    return f"states-of-user-{_user_id(username)}" if taken or problem_in_name(name) else name
