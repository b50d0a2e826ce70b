"""The grid: which channels a person is sent by which medium, and how often; changed cell by cell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.database import writing
from webapp.domain.decision import OFF, ON
from webapp.domain.digest import Digest
from webapp.domain.medium import FOR_PEOPLE, Medium
from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import db
from webapp.models import channel as channels
from webapp.models import user as users
from webapp.models import wishes
from webapp.models.channel import Channel
from webapp.models.wishes import Mute, Wish
from webapp.services import _wishes
from webapp.services._wishes import Copies

_NOTHING_SAID = Wish(ON)


@dataclass(frozen=True, slots=True)
class Cell:
    """One channel by one medium. ``digest`` is None for each message at once; it is kept while the medium is turned
    off."""

    medium: Medium
    wanted: bool
    digest: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One channel. ``cells`` are its media. ``muted``: nothing of it is sent until ``muted_until`` (None: for good)."""

    name: str
    title: str
    required: bool
    cells: Mapping[Medium, Cell]
    muted: bool
    muted_until: datetime | None


@dataclass(frozen=True, slots=True)
class Grid:
    """``media`` are those that some channel uses."""

    media: tuple[Medium, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was changed, with the old values: enough to undo it."""

    channel: str
    title: str
    before: Cell
    after: Cell


def get(*, user_id: int, now: datetime) -> Grid:
    """Every channel, ordered by title: anybody may be sent messages on any of them."""
    listed = channels.listed(db.session)
    said = wishes.preferences(db.session, [user_id], [channel.id for channel in listed])
    mutes = {mute.channel_id: mute for mute in wishes.mutes(db.session, user_id, now=now)}
    wanted = {(channel_id, medium): wish for (_user_id, channel_id, medium), wish in said.items()}
    rows = [_row(channel, wanted, mutes.get(channel.id)) for channel in listed]
    used = {medium for row in rows for medium in row.cells}
    media = tuple(medium for medium in map(Medium, FOR_PEOPLE) if medium in used)
    return Grid(media, tuple(sorted(rows, key=lambda row: (row.title.casefold(), row.name))))


def choose(*, username: str, channel: str, medium: str, wanted: bool, digest: Digest | None, now: datetime) -> Chosen:
    """Save whether a person wants this channel by this medium, and how often. Raises Missing, and Conflict for a
    required channel, which has no preferences."""
    with writing(db.session) as session:
        person, stream = users.named(session, username), channels.named(session, channel)
        if person is None or stream is None or medium not in [row.medium for row in stream.media]:
            raise Missing({"channel": "There is no such channel, or it is not sent by this medium."})
        if stream.required:
            raise Conflict({"channel": f"{stream.title} is required by your administrators: it cannot be changed."})
        copies, after = Copies(person, stream, Medium(medium)), Wish(ON if wanted else OFF, digest)
        before = copies.wish(session)
        _wishes.keep(session, copies, before=before, after=after, now=now)
        return Chosen(stream.name, stream.title, _cell(copies.medium, before), _cell(copies.medium, after))


def _row(channel: Channel, wanted: Mapping[tuple[int, str], Wish], mute: Mute | None) -> Row:
    media = [Medium(row.medium) for row in channel.media if row.medium in FOR_PEOPLE]
    cells = {medium: _cell(medium, wanted.get((channel.id, medium.value), _NOTHING_SAID)) for medium in media}
    return Row(
        name=channel.name,
        title=channel.title,
        required=channel.required,
        cells=cells,
        muted=mute is not None and not channel.required,
        muted_until=mute.until if mute else None,
    )


def _cell(medium: Medium, wish: Wish) -> Cell:
    return Cell(medium, wish.said != OFF, wish.digest)
