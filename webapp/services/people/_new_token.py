"""What a new token may be: its name, its scopes, and its lifetime."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.domain.refusal import Conflict, refuse_if
from webapp.domain.role import Role
from webapp.domain.scope import Scope
from webapp.domain.text import problem_in_line
from webapp.models import api_token as rows
from webapp.models.user import User

LONGEST = timedelta(days=366)  # the longest lifetime, unless the token never expires
MOST = 50  # valid tokens per account
_LONGEST_NAME = 100  # characters


def check_new(
    session: Session, user: User, *, name: str, scopes: Collection[str], expires_at: datetime | None, now: datetime
) -> None:
    """Raises Refused naming everything that is wrong, and Conflict where the account is inactive."""
    if not user.active:
        raise Conflict({"username": f"{user.display_name} is inactive."})
    names = rows.live_names(session, user_id=user.id, now=now)
    too_many = f"{MOST} tokens are good already. Revoke one first." if len(names) >= MOST else None
    taken = f"There is a token named “{name}” already." if name in names else None
    refuse_if(
        {
            "name": problem_in_line(name, longest=_LONGEST_NAME) or taken or too_many,
            "scopes": _problem_in_scopes(scopes, Role(user.role)),
            "expires_at": _problem_in_end(expires_at, now),
        }
    )


def _problem_in_scopes(scopes: Collection[str], role: Role) -> str | None:
    if not scopes:
        return "One scope at least, please."
    if unknown := sorted(scope for scope in scopes if scope not in set(Scope)):
        return f"“{unknown[0][:30]}” is no scope."
    if beyond := sorted(scope for scope in scopes if not role.includes(Scope(scope).role)):
        return f"{beyond[0]} is beyond the role, which is {role.word.lower()}."
    return None


def _problem_in_end(expires_at: datetime | None, now: datetime) -> str | None:
    if expires_at is None or now < expires_at <= now + LONGEST:
        return None
    return "Within a year from now, please."
