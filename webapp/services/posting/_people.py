"""Whom a message is for: the one answer that both the post and the count before it use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from webapp.domain.message import NotificationMessage
from webapp.domain.text import problem_in_line
from webapp.models._among import among_given
from webapp.models._columns import table_of
from webapp.models.user import User

NAMED = "named"
_LONGEST_NAME = 50  # characters, of a user or a channel
_user = table_of(User)

Columns = Mapping[str, Any]  # of a user, by their names


@dataclass(frozen=True, slots=True)
class Found:
    """``people`` by id, each once: those named first, then those by role; ``why`` each of them gets it. ``unknown`` are
    names that nobody has. ``sender`` is the poster, if asked for and found."""

    people: Mapping[int, Columns]
    why: Mapping[int, str]
    unknown: tuple[str, ...]
    sender: Columns | None


def people(
    session: Session, message: NotificationMessage, columns: Sequence[ColumnElement[Any]], *, sender: str = ""
) -> Found:
    """The recipients with these columns, which must include ``id`` and ``username``. Whoever is named gets it for that
    reason, even if a role includes them too. A role means its active members."""
    wanted = list(dict.fromkeys(message.recipients))
    named = _named(session, [*wanted, sender], columns)
    found = {named[name]["id"]: named[name] for name in wanted if name in named}
    why = dict.fromkeys(found, NAMED)
    for role in message.roles:
        of_role = select(*columns).where(_user.c.role == role, _user.c.active).order_by(_user.c.id)
        for row in session.execute(of_role).mappings():
            found.setdefault(row["id"], cast(Columns, row))
            why.setdefault(row["id"], f"role:{role}")
    return Found(found, why, tuple(name for name in wanted if name not in named), named.get(sender))


def is_a_name(text: str) -> bool:
    """Whether the text is worth looking up: databases refuse some texts that cannot be names."""
    return problem_in_line(text, longest=_LONGEST_NAME) is None


def _named(session: Session, names: Sequence[str], columns: Sequence[ColumnElement[Any]]) -> dict[str, Columns]:
    asked = list(filter(is_a_name, names))
    rows = session.connection().execute(_by_name(tuple(columns)), {"names": asked}).mappings() if asked else ()
    return {row["username"]: cast(Columns, row) for row in rows}


@cache
def _by_name(columns: tuple[ColumnElement[Any], ...]) -> Select[*tuple[Any, ...]]:
    """Cached: there are only a few sets of columns."""
    return select(*columns).where(among_given(_user.c.username, "names"))
