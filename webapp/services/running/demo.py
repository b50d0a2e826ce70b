"""The demo: a small team with channels and notifications, to try Belfry out; and the way out of it."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.delivery import telling
from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import db
from webapp.models import audit, forgetting, usage
from webapp.models import provider as providers
from webapp.models import user as users
from webapp.providers.file import forget
from webapp.services.inbox import readings, whole
from webapp.services.people.accounts import Person, person
from webapp.services.people.passwords import hashed
from webapp.services.posting import channels, notifier
from webapp.services.providers import provider_setup
from webapp.services.running import alerts
from webapp.services.running._demo_team import CHANNELS, POSTS, PROVIDER, TEAM, Post
from webapp.vault import Vault

ADMIN = "ada"
OFFERED = ("edith", "olaf", ADMIN)  # one of each role, offered on the sign-in page
_REMOVED = "demo removed"
_AT_ONCE = 1000  # copies in one statement
_OPENED_AFTER = timedelta(minutes=9)


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed with the demo. A channel stays if somebody else has posted on it, or a subscriber or mapping
    names it."""

    people: list[str]
    notifications: int
    channels: list[str]
    providers: list[str]


def is_empty() -> bool:
    """Whether there is no account yet and no demo was removed: only such a database is filled."""
    return not users.in_order(db.session, most=1) and not audit.has(db.session, what=_REMOVED)


def team() -> list[Person]:
    """The members of the demo team that the sign-in page offers; empty where the database is not a demo's."""
    there = {user.username: person(user) for user in users.demo_team(db.session) if user.active}
    return [there[name] for name in OFFERED if name in there]


def fill(*, now: datetime, vault: Vault, password: str | None = None) -> str:
    """Fill an empty database with the demo. Returns the team's password: the given one, or else a random one.

    Raises Conflict where the database is not empty.
    """
    password = password or secrets.token_urlsafe(9)
    _add_team(hashed(password), now)
    for name, options in CHANNELS.items():
        channels.add(name=name, options=options, by=ADMIN, now=now)
    provider_setup.add(
        kind="file", name=PROVIDER, medium="email", raw={}, activate=True, by=ADMIN, now=now, vault=vault
    )
    for it in POSTS:
        _post(it, now)
    return password


def remove(*, by: str, now: datetime, folder: Path) -> Removed:
    """Leave the demo: its people go, what they posted or were sent, its channels, and its provider with its mailbox.

    ``folder`` is the installation's. What others have made stays. Raises Missing where there is no demo.
    """
    with writing(db.session) as session:
        people = {user.id: user.username for user in users.demo_team(session)}
        if not people:
            raise Missing({"demo": "There is no demo in this database."})
        removed = Removed(
            notifications=_delete_copies(session, list(people)),
            people=sorted(people.values()),
            channels=forgetting.delete_unused_channels(session, [*CHANNELS, alerts.CHANNEL, telling.CHANNEL]),
            providers=_delete_provider(session, now),
        )
        forgetting.delete_people(session, list(people))
        audit.note(session, at=now, who=by, what=_REMOVED, target="demo", before=asdict(removed))
    forget(folder, PROVIDER)
    return removed


def _delete_copies(session: Session, ids: list[int]) -> int:
    gone = 0
    while deleted := forgetting.delete_between(session, user_ids=ids, limit=_AT_ONCE):
        gone += deleted
    forgetting.delete_unused_bodies(session)
    return gone


def _delete_provider(session: Session, now: datetime) -> list[str]:
    providers.lock(session)
    row = providers.named(session, PROVIDER)
    if row is None:
        return []
    providers.remove(session, row, now=now)
    usage.forget(session, provider_id=row.id)
    return [PROVIDER]


def _add_team(password_hash: str, now: datetime) -> None:
    try:
        with writing(db.session) as session:
            if users.in_order(session, most=1):
                raise Conflict({"demo": "There are people in this database already: the demo wants an empty one."})
            for it in TEAM:
                users.add(
                    session,
                    username=it.username,
                    display_name=it.display_name,
                    email=it.email,
                    phone=it.phone,
                    phone_verified_at=now if it.phone else None,
                    role=it.role.value,
                    tz=it.zone,
                    demo=True,
                    password_hash=password_hash,
                    created_at=now,
                )
            audit.note(session, at=now, who="Belfry", what="demo filled", target="demo")
    except IntegrityError:
        raise Conflict({"demo": "Another process has just filled the demo."}) from None


def _post(it: Post, now: datetime) -> None:
    at = now - it.ago
    message = NotificationMessage(channel=it.channel, recipients=it.to, subject=it.subject, body=it.body)
    posted = notifier.post(message=message, sender=it.sender, now=at)
    ids = {user.username: user.id for user in users.demo_team(db.session)}
    for reader in it.read_by:
        user_id, opened = ids[reader], min(at + _OPENED_AFTER, now)
        copies = [copy.id for copy in whole.everything(user_id=user_id, now=now) if copy.message == posted.id]
        readings.mark_many(user_id=user_id, ids=copies, now=opened)
