"""People's accounts: who there is, and what an administrator or they themselves change about them."""

from dataclasses import dataclass

from webapp.domain.refusal import Missing
from webapp.domain.role import Role
from webapp.extensions import db
from webapp.models import user as users

SHORTEST_SEARCH = 2  # characters
DEFAULT_ZONE, DEFAULT_LOCALE = "UTC", "en_GB"  # the plain "en" would tell times as 9:41 AM


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account, as everything above the tables sees them. ``demo``: one of the demo team."""

    id: int
    username: str
    display_name: str
    email: str | None
    phone: str | None
    tz: str
    locale: str
    role: Role
    active: bool
    demo: bool

    @property
    def initials(self) -> str:
        """Two letters for an avatar: of the first and the last word of the name."""
        words = self.display_name.split() or [self.username]
        return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


def listed(*, limit: int | None = None) -> list[Person]:
    """Everybody in the order of their names, at most ``limit``."""
    return [person(user) for user in users.in_order(db.session, most=limit)]


def find(*, partial: str, limit: int | None = None) -> list[Person]:
    """Those of whom a word (username, display name, e-mail) begins with ``partial``, in the order of their names.

    Fewer than 2 characters find nobody.
    """
    partial = partial.strip()
    if len(partial) < SHORTEST_SEARCH:
        return []
    return [person(user) for user in users.in_order(db.session, partial=partial, most=limit)]


def get(*, username: str) -> Person:
    """One person. Raises Missing."""
    if (user := users.named(db.session, username)) is None:
        raise Missing({"username": f"There is nobody named “{username[:50]}”."})
    return person(user)


def person(user: users.User) -> Person:
    """The row as a word."""
    return Person(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        phone=user.phone,
        tz=user.tz,
        locale=user.locale,
        role=Role(user.role),
        active=user.active,
        demo=user.demo,
    )
