"""Groups: what one person has due on one channel by one medium, where that goes out together."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from webapp.delivery.lot import Loaded
from webapp.domain.medium import Medium
from webapp.formatters import candidates, chosen, groups
from webapp.models._among import among_given
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.claims import Group
from webapp.models.leases import Leased
from webapp.models.wishes import Preference

_channel, _preference = table_of(Channel), table_of(Preference)
Key = tuple[object, ...]


def formatter_of(loaded: Loaded) -> str:
    """The formatter that lays it out. On a required channel no one's wish for a digest counts."""
    channel, wish = loaded.channel, loaded.wish
    digest = wish is not None and wish.digest is not None and not channel["required"]
    return chosen(channel["formatters"], digest=digest)


def key_of(leased: Leased, *, together: bool) -> Key:
    """The same for deliveries that go out in one envelope, given whether their group goes out ``together``. What a
    person has sent again goes by itself, or with what was in the same envelope before."""
    if not together:
        return (leased.id,)
    return (*group_of(leased), leased.generation, leased.replaces)


def group_of(leased: Leased) -> Group:
    """Its recipient, channel and medium."""
    return leased.person_id, leased.channel_id, leased.medium


def together(session: Session, found: Collection[Group]) -> set[Group]:
    """Those of these groups that go out together, because the channel's formatter or the person wants it so. One query
    of a few rows, however many groups there are."""
    found = [group for group in found if group[2] != Medium.WEBHOOK]  # each event is one request
    rows = session.execute(_ASKED, _asked(found)).all() if found else ()
    possible = {row.id: candidates(row.name, row.formatter) for row in rows}
    streams = {id_ for id_, some in possible.items() if groups(chosen(some, digest=False))}
    persons = {
        (row.user_id, row.id, row.medium)
        for row in rows
        if row.user_id is not None and not row.required and groups(chosen(possible[row.id], digest=True))
    }
    return {group for group in found if group in persons or group[1] in streams}


def _asked(found: Collection[Group]) -> dict[str, list[int]]:
    people, channels, _media = map(set, zip(*found, strict=True))
    return {"people": list(people), "channels": list(channels)}


def _asking() -> Select[Any]:
    """A row for each channel and digest wanted of it; one row without a person for a channel of which none is
    wanted."""
    row = _preference.c
    wanted = and_(row.channel_id == _channel.c.id, row.digest.is_not(None), among_given(row.user_id, "people"))
    columns = [_channel.c[name] for name in ("id", "name", "formatter", "required")]
    said = select(*columns, row.user_id, row.medium).select_from(_channel.outerjoin(_preference, wanted))
    return said.where(among_given(_channel.c.id, "channels"))


_ASKED = _asking()
