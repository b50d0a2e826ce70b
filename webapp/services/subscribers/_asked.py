"""A subscriber's filters, checked against the existing channels."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.delivery import telling
from webapp.domain.refusal import refuse_if
from webapp.domain.subscription_filter import MOST_GROUPS, Group, problem_in_group, spelled
from webapp.models.channel import Channel
from webapp.services.subscribers._view import Subscription

MOST_CHANNELS = 200


def place(channel: str) -> str:
    """The name of the form field for what is asked of a channel."""
    return f"filters.{channel[:50]}"


def problems(session: Session, wanted: Sequence[Subscription]) -> dict[str, str]:
    """What is wrong with the filters of each channel, by ``place``."""
    if len(wanted) > MOST_CHANNELS:
        return {"filters": f"At most {MOST_CHANNELS} channels, please."}
    keys = {name: keys or () for name, (_id, keys) in _channels(session, wanted).items()}
    found: dict[str, str] = {}
    for one in _together(wanted):
        if problem := _problem(one, keys.get(one.channel)):
            found[place(one.channel)] = problem
    return found


def resolved(session: Session, wanted: Sequence[Subscription]) -> dict[int, list[Group]]:
    """The groups of filters by channel id, with their keys as the channel spells them. The channels are locked until
    this transaction ends. Raises Refused."""
    channels = _channels(session, wanted, lock=True)
    refuse_if(problems(session, wanted))
    return {
        channels[one.channel][0]: [spelled(group, channels[one.channel][1] or ()) for group in one.groups]
        for one in _together(wanted)
    }


def told(wanted: Sequence[Subscription]) -> dict[str, list[dict[str, str]]]:
    """The filters as the audit stores them."""
    return {one.channel: [dict(group) for group in one.groups] for one in _together(wanted)}


def _together(wanted: Sequence[Subscription]) -> list[Subscription]:
    """Each channel once, with all its groups."""
    groups: dict[str, tuple[Group, ...]] = {}
    for one in wanted:
        groups[one.channel] = (*groups.get(one.channel, ()), *one.groups)
    return [Subscription(channel, asked) for channel, asked in groups.items() if asked]


def _problem(one: Subscription, keys: Sequence[str] | None) -> str | None:
    if one.channel == telling.CHANNEL:
        return f"What is told on “{telling.CHANNEL}” is for the poster it is about, and for nobody else."
    if keys is None:
        return f"There is no channel named “{one.channel[:50]}”."
    if len(one.groups) > MOST_GROUPS:
        return f"At most {MOST_GROUPS} groups on one channel, please."
    return next((problem for group in one.groups if (problem := problem_in_group(group, keys))), None)


def _channels(
    session: Session, wanted: Sequence[Subscription], *, lock: bool = False
) -> Mapping[str, tuple[int, Sequence[str] | None]]:
    """The id and the filter keys of each existing channel, by name."""
    names = {one.channel for one in wanted if one.channel.isprintable()}
    asked = select(Channel.name, Channel.id, Channel.filter_keys).where(Channel.name.in_(names))
    if lock:
        asked = asked.order_by(Channel.id).with_for_update(read=True)
    return {name: (id, keys) for name, id, keys in session.execute(asked)}
