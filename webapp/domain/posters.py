"""Who may post on a channel."""

from collections.abc import Sequence

from webapp.domain.role import Role
from webapp.domain.username import may_be_username

_BY_ROLE = "role:"
MOST_POSTERS = 200


def may_post(posters: Sequence[str] | None, *, username: str, role: Role) -> bool:
    """Everybody may where ``posters`` is None; else the people that it names, and roles as ``role:operator``, each with
    the roles above it."""
    if posters is None:
        return True
    roles = [Role(entry.removeprefix(_BY_ROLE)) for entry in posters if entry.startswith(_BY_ROLE)]
    return username in posters or any(role.includes(least) for least in roles)


def split(posters: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The roles and the usernames in ``posters``."""
    roles = tuple(entry.removeprefix(_BY_ROLE) for entry in posters if entry.startswith(_BY_ROLE))
    return roles, tuple(entry for entry in posters if not entry.startswith(_BY_ROLE))


def by_role(role: str) -> str:
    """The entry of ``posters`` that stands for a role."""
    return f"{_BY_ROLE}{role}"


def problem_in_posters(posters: Sequence[str]) -> str | None:
    """What is wrong with them, as a sentence, or None. Whether these people exist is not checked here."""
    roles, people = split(posters)
    if strange := [role for role in roles if role not in set(Role)]:
        return f"“{strange[0][:20]}” is no role: there are {', '.join(Role)}."
    if strange := [name for name in people if not may_be_username(name)]:
        return f"There is nobody named “{strange[0][:50]}”."
    if len(set(posters)) < len(posters):
        return "Name each of them once."
    return (
        f"At most {MOST_POSTERS} of them, please: a role may stand for many." if len(posters) > MOST_POSTERS else None
    )
