"""Layout: asks the formatters to lay out each group. Recipients who would get the same share one output."""

from collections.abc import Sequence
from datetime import datetime

from webapp.delivery.groups import formatter_of
from webapp.delivery.lot import Account, Loaded
from webapp.delivery.rendering import Group, Made, Rendering
from webapp.domain.envelope import Format
from webapp.domain.medium import Medium
from webapp.formatters import Context, Item, Output, same_for_all
from webapp.providers import kinds

_Key = tuple[object, ...]
# Whatever sends it: no network puts together more than ten segments.
_SMS = Format(max_length=1600, html=False)


def laid_out(groups: Sequence[list[Loaded]], rendering: Rendering, *, public_url: str, now: datetime) -> list[Made]:
    """The outcome for each of these groups. A formatter that makes the same for everybody is asked once for all who get
    the same message; if it raises or is too slow, that is the outcome for all of them."""
    keys = [_key(members) for members in groups]
    asked: dict[_Key, list[Loaded]] = {}
    for key, members in zip(keys, groups, strict=True):
        asked.setdefault(key, members)
    made = rendering.lay_out([_group(members, public_url) for members in asked.values()], now=now)
    by_key = dict(zip(asked, made, strict=True))
    return [
        by_key[key] if asked[key] is members else _as_own(members[0], by_key[key])
        for members, key in zip(groups, keys, strict=True)
    ]


def limits(account: Account) -> Format:
    """What the provider can carry of its medium. An SMS has one bound for all providers, so that a stand-in can carry
    it as well. A provider whose kind is not installed any more fails when it is tried."""
    plugin = kinds().get(account.kind)
    offered = plugin.format if plugin else Format()
    return offered.within(_SMS) if account.medium == Medium.SMS else offered


def _key(members: Sequence[Loaded]) -> _Key:
    first, name = members[0], formatter_of(members[0])
    if len(members) > 1 or first.related or not same_for_all(name):
        return (first.leased.id,)
    return name, first.leased.message_id, first.leased.medium, first.recipient["tz"], first.recipient["locale"]


def _as_own(member: Loaded, made: Made) -> Made:
    """Output that was made for somebody else, as this delivery's."""
    if not isinstance(made, list):
        return made
    return [Output(one.subject, one.text, one.html, (member.leased.id,)) for one in made]


def _group(members: list[Loaded], public_url: str) -> Group:
    first = members[0]
    assert first.account  # noqa: S101 — decided: a send has an account
    return Group(formatter_of(first), _items(members), limits(first.account), _context(members, public_url))


def _items(group: Sequence[Loaded]) -> list[Item]:
    return [
        Item(
            id=member.leased.id,
            subject=member.message["subject"],
            body=member.message["body"],
            link=member.message["link"],
            sender=member.message["sender"],
            type=member.message["type"],
            created_at=member.message["created_at"],
            visible_at=member.message["visible_at"],
            attributes=member.message["attributes"],
        )
        for member in group
    ]


def _context(group: Sequence[Loaded], public_url: str) -> Context:
    first = group[0]
    return Context(
        recipient=first.recipient["display_name"],
        channel=first.channel["name"],
        channel_title=first.channel["title"],
        tz=first.recipient["tz"],
        locale=first.recipient["locale"],
        public_url=public_url,
        senders=tuple(dict.fromkeys(member.message["sender"] for member in group)),
        required=first.channel["required"],
        related={id_: one for member in group for id_, one in member.related.items()},
    )
