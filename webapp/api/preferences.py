"""How whoever calls wants to be told: channel by channel, when, and what not at all; and what would come of it."""

from datetime import datetime
from typing import Any

from flask import url_for
from marshmallow import fields, validate

from webapp.api._door import Door, caller
from webapp.api._fields import called
from webapp.api._schemas import Closed, Like
from webapp.api._values import Flag, Moment, medium, name, one_of
from webapp.domain.decision import Action
from webapp.domain.digest import Digest
from webapp.domain.quiet_hours import DAYS, QuietHours
from webapp.domain.reason import Reason
from webapp.domain.scope import Scope
from webapp.runtime import runtime
from webapp.services.preferences import grid, mutes, simulator, times, whole
from webapp.services.preferences.grid import Cell, Row
from webapp.services.preferences.mutes import Lasts, Wanted, What
from webapp.services.preferences.simulator import Simulated

_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
_MOST_HOURS = len(DAYS) * times.MOST_A_DAY

door = Door("preferences", __name__, description="How you want to be told.")


def _digest() -> fields.String:
    how = {"description": "hourly, or daily and a time where you live; null: each at once."}
    said = Like(f"^(hourly|daily {_CLOCK})$", error="Write it as hourly, or as daily 17:00.")
    return fields.String(required=True, allow_none=True, validate=said, metadata=how)


class WishSchema(Closed):
    """Whether you want a channel by a medium, and how often."""

    wanted = Flag(required=True)
    digest = _digest()


class CellSchema(WishSchema):
    """The same, and by which medium."""

    medium = medium(required=True)


class RowSchema(Closed):
    """What you want of one channel."""

    channel = fields.String(required=True)
    title = fields.String(required=True)
    required = fields.Boolean(required=True, metadata={"description": "Whether you get it whatever you want."})
    muted = fields.Boolean(required=True)
    muted_until = Moment(required=True, allow_none=True, metadata={"description": "Null for good, or not at all."})
    media = fields.List(fields.Nested(CellSchema), required=True)


class QuietHoursSchema(Closed):
    """When in a week you want nothing sent, in the time where you live."""

    quiet_hours = fields.List(
        fields.String(validate=Like(f"^({'|'.join(DAYS)}) {_CLOCK}-{_CLOCK}$", error="As mon 22:00-07:00.")),
        required=True,
        validate=validate.Length(max=_MOST_HOURS),
    )


class UnreadAfterSchema(Closed):
    """After how long what you have not read is sent by e-mail."""

    unread_after_s = fields.Integer(
        required=True, allow_none=True, strict=True, validate=validate.Range(60, times.LONGEST_UNREAD_S),
        metadata={"description": "Seconds; null: at once."},
    )  # fmt: skip


class ThingSchema(Closed):
    """What can be muted."""

    what = one_of(*What, required=True)
    name = name(required=True, metadata={"description": "A channel’s name, or a sender’s username."})


class MuteSchema(ThingSchema):
    """What to mute, and for how long."""

    lasts = one_of(
        *Lasts, load_default=Lasts.FOR_GOOD.value, metadata={"description": "tomorrow: until 08:00 where you live."}
    )
    until = Moment(metadata={"description": "A time, in place of “lasts”."})


class MutedSchema(ThingSchema):
    """Something that is muted."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    since = Moment(required=True)
    until = Moment(required=True, allow_none=True, metadata={"description": "Null for good."})


class PreferencesSchema(QuietHoursSchema, UnreadAfterSchema):
    """All that you have said."""

    zone = fields.String(required=True)
    channels = fields.List(fields.Nested(RowSchema), required=True)
    mutes = fields.List(fields.Nested(MutedSchema), required=True, metadata={"description": "The last on top."})


class SimulationQuery(Closed):
    """Who might post where and when."""

    channel = name(required=True)
    sender = name(metadata={"description": "A username; without it anybody."})
    at = Moment(metadata={"description": "Now, unless it is later."})


class StepSchema(Closed):
    """One decision; where it waits, up to ``until``."""

    at = Moment(required=True)
    action = one_of(*Action, required=True)
    reason = one_of(*Reason, required=True, allow_none=True)
    until = Moment(required=True, allow_none=True)


class CourseSchema(Closed):
    """What would become of your copy by one medium; the last step ends it."""

    medium = medium(required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)


class SimulationSchema(Closed):
    """What would become of a post that nobody has made."""

    channel = fields.String(required=True)
    sender = fields.String(required=True, allow_none=True)
    visible_at = Moment(required=True, metadata={"description": "When your inbox has it."})
    required = fields.Boolean(required=True)
    media = fields.List(fields.Nested(CourseSchema), required=True)


@door.operation("GET", "/preferences", scope=Scope.PREFERENCES_READ, gives=PreferencesSchema)
def index() -> Any:
    """All that you have said: channels in the order of their titles."""
    me = caller().person
    kept = whole.get(user_id=me.id, username=me.username, now=runtime().now())
    return {
        "zone": kept.tz,
        "unread_after_s": kept.unread_after_s,
        "quiet_hours": list(map(str, kept.hours)),
        "channels": [_row(row) for row in kept.rows],
        "mutes": kept.mutes,
    }


@door.operation(
    "PUT", "/preferences/channels/<channel>/<medium>", scope=Scope.PREFERENCES_WRITE, body=WishSchema, gives=CellSchema,
    refuses=[409],
)  # fmt: skip
def choose(channel: str, medium: str, body: dict[str, Any]) -> Any:
    """Want a channel by a medium, or not, and how often."""
    digest = Digest.read(body["digest"]) if body["digest"] else None
    given = {"channel": channel, "medium": medium, "wanted": body["wanted"], "digest": digest}
    return _cell(grid.choose(username=_me(), **given, now=runtime().now()).after)


@door.operation(
    "PUT", "/preferences/quiet-hours", scope=Scope.PREFERENCES_WRITE, body=QuietHoursSchema, gives=QuietHoursSchema
)
def keep_quiet(body: dict[str, Any]) -> Any:
    """These are your quiet hours from now on, and no others."""
    hours = sorted({QuietHours.read(one) for one in body["quiet_hours"]})
    with called({"hours": "quiet_hours"}):
        times.keep_quiet(username=_me(), hours=hours, now=runtime().now())
    return {"quiet_hours": list(map(str, hours))}


@door.operation(
    "PUT", "/preferences/unread-after", scope=Scope.PREFERENCES_WRITE, body=UnreadAfterSchema, gives=UnreadAfterSchema
)
def mail_unread(body: dict[str, Any]) -> Any:
    """E-mail comes only of what is still unread after so long."""
    times.mail_unread(username=_me(), after_s=body["unread_after_s"], now=runtime().now())
    return body


@door.operation(
    "POST", "/preferences/mutes", scope=Scope.PREFERENCES_WRITE, body=MuteSchema, gives=MutedSchema, status=201,
    refuses=[404, 409],
)  # fmt: skip
def mute(body: dict[str, Any]) -> Any:
    """Mute a channel or a sender; one that is muted already is from now on muted so long."""
    now = runtime().now()
    wanted = Wanted(What(body["what"]), body["name"], _until(body, now))
    made = mutes.mute(username=_me(), wanted=wanted, now=now)[0]
    return made, {"Location": url_for(".unmute", id=made.id)}


@door.operation("DELETE", "/preferences/mutes/<int:id>", scope=Scope.PREFERENCES_WRITE, status=204)
def unmute(id: int) -> Any:
    """Unmute what has this id."""
    mutes.unmute(username=_me(), id=id, now=runtime().now())


@door.operation(
    "GET", "/preferences/simulation", scope=Scope.PREFERENCES_READ, query=SimulationQuery, gives=SimulationSchema,
    refuses=[404],
)  # fmt: skip
def simulate(query: dict[str, Any]) -> Any:
    """What would become of a post for you, by the decisions that are taken on real ones; nothing is sent."""
    now, channel, sender = runtime().now(), query["channel"], query.get("sender")
    it = simulator.simulate(username=_me(), sender=sender, channel=channel, at=query.get("at", now), now=now)
    return {**_simulated(it), "channel": channel, "sender": sender}


def _me() -> str:
    return caller().person.username


def _until(body: dict[str, Any], now: datetime) -> datetime | None:
    return body["until"] if "until" in body else mutes.ends(Lasts(body["lasts"]), tz=caller().person.tz, now=now)


def _row(row: Row) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("title", "required", "muted", "muted_until")}
    return {**told, "channel": row.name, "media": [_cell(cell) for cell in row.cells.values()]}


def _cell(cell: Cell) -> dict[str, Any]:
    return {"medium": cell.medium, "wanted": cell.wanted, "digest": str(cell.digest) if cell.digest else None}


def _simulated(it: Simulated) -> dict[str, Any]:
    return {"visible_at": it.visible_at, "required": it.required, "media": it.courses}
