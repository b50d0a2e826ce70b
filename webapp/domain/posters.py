"""Who may post on a channel."""

from collections.abc import Sequence

from webapp.domain.role import Role

_BY_ROLE = "role:"


def may_post(posters: Sequence[str] | None, *, username: str, role: Role) -> bool:
    """By default everybody; else ``posters`` names people, or roles as ``role:operator``, each with those above it."""
    if posters is None:
        return True
    roles = [Role(entry.removeprefix(_BY_ROLE)) for entry in posters if entry.startswith(_BY_ROLE)]
    return username in posters or any(role.includes(least) for least in roles)
