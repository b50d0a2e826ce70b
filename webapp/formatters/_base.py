"""The Formatter contract: what one person has due on one channel and medium goes in, outputs come out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from webapp.domain.envelope import Format


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery's message. ``id`` is the delivery's; ``body`` is Markdown. It was posted at ``created_at``, and has
    been in the inbox since ``visible_at``: both aware and in UTC."""

    id: str
    subject: str
    body: str
    link: str | None
    sender: str
    type: str
    created_at: datetime
    visible_at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Related:
    """Another message of the same channel, of which the same person has a copy."""

    subject: str
    body: str
    link: str | None
    sender: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Context:
    """Recipient and place. ``public_url`` is empty where Belfry does not know its own address.

    ``tz`` and ``locale`` are the recipient's. ``senders`` are the names of the items' authors, each once, in order of
    appearance. ``required`` says that the channel cannot be turned off. ``related`` is read-only: messages by id, one
    for each that an attribute of an item names.
    """

    recipient: str
    channel: str
    channel_title: str
    tz: str
    locale: str
    public_url: str
    senders: tuple[str, ...] = ()
    required: bool = False
    related: Mapping[str, Related] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Output:
    """One thing to send, and the ids of the items that it contains (at least one).

    ``text`` and ``html`` may contain blanks (``webapp.domain.blanks``) in place of the reader's own words, so that a
    text received by a thousand people is stored once.
    """

    subject: str
    text: str
    html: str | None
    contains: tuple[str, ...]


class Formatter(Protocol):
    """A plugin. ``label`` names it on a screen. ``channels`` are globs over the names of the channels that it lays out,
    unless they name another. ``groups`` says whether it wants all that is due at once.

    It may set ``same_for_all = True``: its output for a message depends on nothing of the recipient but ``tz`` and
    ``locale``. Then it is called once for all recipients, with any one of them as ``recipient``.

    It may also have ``user_format(item, context)``, which returns as Markdown what the inbox shows of one message.
    There the item's id is that of the inbox copy, and ``public_url`` is empty: the reader is in Belfry already.
    """

    label: str
    channels: tuple[str, ...]
    groups: bool

    def format(self, items: Sequence[Item], limits: Format, context: Context) -> list[Output]:
        """The outputs. An item in none of them is never sent (folded); an unknown or twice-used id is refused."""
        ...
