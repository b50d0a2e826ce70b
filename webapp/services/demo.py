"""The demo: a small team with channels and notifications, to try Belfry out; and the way out of it."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from webapp.database import writing
from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import Conflict
from webapp.extensions import db
from webapp.models import audit
from webapp.models import user as users
from webapp.services import channels, inbox, notifier, provider_setup, readings
from webapp.services._demo_team import CHANNELS, POSTS, PROVIDER, TEAM, Post
from webapp.services.accounts import Person, person
from webapp.services.passwords import hashed
from webapp.vault import Vault

ADMIN = "ada"
OFFERED = ("edith", "olaf", ADMIN)  # one of each role, on the sign-in page
_OPENED_AFTER = timedelta(minutes=9)


def is_empty() -> bool:
    """Whether nobody has an account yet: only such a database is filled."""
    return not users.in_order(db.session, most=1)


def team() -> list[Person]:
    """Those of the demo team whom the sign-in page offers; nobody where the database is not the demo's."""
    there = {user.username: person(user) for user in users.demo_team(db.session) if user.active}
    return [there[name] for name in OFFERED if name in there]


def fill(*, now: datetime, vault: Vault, password: str | None = None) -> str:
    """Fill an empty database with the demo. Returns the team's password: the given one, or else a random one.

    Raises Conflict where the database is not empty.
    """
    password = password or secrets.token_urlsafe(9)
    _add_team(hashed(password), now)
    for it in CHANNELS:
        channels.add(
            name=it.name, title=it.title, description=it.description, immediate=it.immediate, by=ADMIN, now=now
        )
    provider_setup.add(
        kind="file", name=PROVIDER, medium="email", raw={}, activate=True, by=ADMIN, now=now, vault=vault
    )
    for it in POSTS:
        _post(it, now)
    return password


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
                    email=f"{it.username}@example.com",
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
        copies = [copy.id for copy in inbox.whole(user_id=user_id, now=now) if copy.message == posted.id]
        readings.mark_many(user_id=user_id, ids=copies, now=opened)
