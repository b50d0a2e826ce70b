"""People: found by a part of their names, or fetched by their usernames."""

from typing import Any

from marshmallow import fields, validate

from webapp.api._door import Door, caller
from webapp.api._schemas import Closed, PageQuery, page_of
from webapp.api._values import name, one_of
from webapp.domain.role import Role
from webapp.domain.scope import Scope
from webapp.services.people import accounts
from webapp.services.people.accounts import SHORTEST_SEARCH, Person

_FOR_ADMINS = {"description": "Told to administrators only."}

door = Door("users", __name__, description="Who there is to write to.")


class UsersQuery(PageQuery):
    """Who is looked for."""

    name = fields.String(
        required=True, validate=validate.Length(SHORTEST_SEARCH, 100),
        metadata={"description": "The beginning of any word of a username, a name or an e-mail address."},
    )  # fmt: skip


class UserSchema(Closed):
    """Somebody with an account."""

    username = name(required=True)
    display_name = fields.String(required=True)
    role = one_of(*Role, metadata=_FOR_ADMINS)
    email = fields.String(allow_none=True, metadata=_FOR_ADMINS)
    phone = fields.String(allow_none=True, metadata=_FOR_ADMINS)
    phone_verified = fields.Boolean(metadata=_FOR_ADMINS)
    zone = fields.String(metadata=_FOR_ADMINS)
    locale = fields.String(metadata=_FOR_ADMINS)
    active = fields.Boolean(metadata=_FOR_ADMINS)


@door.operation("GET", "/users", scope=Scope.USERS_READ, query=UsersQuery, gives=page_of(UserSchema))
def index(query: dict[str, Any]) -> Any:
    """Those whom a part of a name finds, in the order of their names."""
    most = query["limit"]
    found = accounts.find(partial=query["name"], limit=most + 1, after=query["after"])
    return {"items": list(map(_told, found[:most])), "next": found[most - 1].username if len(found) > most else None}


@door.operation("GET", "/users/<username>", scope=Scope.USERS_READ, gives=UserSchema)
def show(username: str) -> Any:
    """One person."""
    return _told(accounts.get(username=username))


def _told(person: Person) -> dict[str, Any]:
    """The parts of a person that the caller may know: as on the screens, addresses are for administrators."""
    told = {"username": person.username, "display_name": person.display_name}
    if caller().person.role is not Role.ADMIN:
        return told
    more = {name: getattr(person, name) for name in ("role", "email", "phone", "locale", "active")}
    return {**told, **more, "zone": person.tz, "phone_verified": person.phone_verified_at is not None}
