"""A person, as all code above the models sees them."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row

from webapp.domain.role import Role
from webapp.domain.who import initials_of
from webapp.models.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account. ``demo``: one of the demo team.

    ``service``: a program, which has tokens and no password and cannot sign in. ``second_factor_at``: since when
    signing in also takes a code that is sent to the phone.
    """

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
    service: bool
    phone_verified_at: datetime | None
    second_factor_at: datetime | None

    @property
    def initials(self) -> str:
        """Two letters for an avatar."""
        return initials_of(self.display_name)

    @property
    def seen(self) -> str:
        """A fingerprint of these details, by which an edit notices that somebody else has saved others since the form
        was shown."""
        details = (self.display_name, self.email, self.phone, self.tz, self.locale)
        return sha256(repr(details).encode()).hexdigest()[:16]


def person(user: User | Row[*tuple[Any, ...]]) -> Person:
    """The row as a Person."""
    return Person(role=Role(user.role), **{name: getattr(user, name) for name in _SHOWN})


_SHOWN = (
    *("id", "username", "display_name", "email", "phone", "tz", "locale", "active", "demo", "service"),
    *("phone_verified_at", "second_factor_at"),
)
