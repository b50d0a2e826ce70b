"""The channels of a setup, with all their options."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from webapp.domain.channel_options import ChannelOptions
from webapp.domain.refusal import refuse_if
from webapp.models import channel as rows
from webapp.services.posting import channels
from webapp.services.setup._shape import Entry, Key
from webapp.services.setup._work import Work, changed_now

_USUAL = ChannelOptions(title="")
KEYS: Mapping[str, Key] = {
    "title": Key("text", required=True),
    "description": Key("text", default=_USUAL.description),
    "media": Key("texts", default=_USUAL.media),
    "immediate": Key("switch", default=_USUAL.immediate),
    "every_s": Key("whole", default=_USUAL.every_s),
    "formatter": Key("text"),
    "policy": Key("text", default=_USUAL.policy),
    "ttl_s": Key("number"),
    "keep_months": Key("whole"),
    "required": Key("switch", default=_USUAL.required),
    "at_most_once": Key("switch", default=_USUAL.at_most_once),
    "posters": Key("texts"),
    "filter_keys": Key("texts", default=_USUAL.filter_keys),
}
_LISTS = ("media", "posters", "filter_keys")


def stand(session: Session) -> dict[str, Entry]:
    """Every channel, as a file has it."""
    return {row.name: _told(channels.view(row)) for row in rows.listed(session)}


def check(name: str, entry: Entry) -> ChannelOptions:
    """The options that a file asks for. Raises Refused."""
    lists = {key: tuple(entry[key]) for key in _LISTS if entry[key] is not None}
    options = channels.tidy(ChannelOptions(**{**entry, **lists}))
    refuse_if({"name": channels.problem_in_name(name), **options.problems()})
    return options


def put(work: Work, name: str, wanted: ChannelOptions) -> None:
    """Add the channel, or change what differs. Raises Refused where it names something that does not exist, and
    Conflict where somebody else is changing it at this moment."""
    refuse_if(channels.unknown(wanted))
    row, signed = rows.named(work.session, name), work.signed
    if row is None:
        channels.write_new(work.session, name=name, options=wanted, signed=signed)
        return
    seen = channels.view(row)
    if _told(seen) == _told(wanted):
        return
    if channels.write_changed(work.session, seen, options=wanted, signed=signed) is None:
        raise changed_now(f"The channel {name}")


def _told(options: ChannelOptions) -> Entry:
    told = {key: getattr(options, key) for key in KEYS}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in told.items()}
