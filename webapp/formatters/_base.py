"""The Formatter contract: what one person has due on one channel and medium goes in, outputs come out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from webapp.domain.envelope import Format

ELLIPSIS = "…"
_TEMPLATES = Path(__file__).parents[2] / "templates" / "messages"


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery's message. ``id`` is the delivery's."""

    id: str
    subject: str
    body: str
    link: str | None
    sender: str
    type: str
    created_at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Context:
    """Whom and where it is for. ``public_url`` is empty where nobody has said how Belfry is reached."""

    recipient: str
    channel: str
    channel_title: str
    tz: str
    locale: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Output:
    """One thing to send, and the ids of the items that it contains."""

    subject: str
    text: str
    html: str | None
    contains: tuple[str, ...]


class Formatter(Protocol):
    """A plugin: ``label`` names it on a screen; ``channels`` are globs over the names of the channels that it lays out,
    unless they name another; ``groups`` says whether it wants all that is due at once."""

    label: str
    channels: tuple[str, ...]
    groups: bool

    def format(self, items: Sequence[Item], limits: Format, context: Context) -> list[Output]:
        """The outputs. An item in none of them is left out for good; an unknown or twice used id is refused."""
        ...


def shortened(text: str, longest: int | None) -> str:
    """The text within ``longest`` characters, ending in an ellipsis where some of it is missing."""
    if longest is None or len(text) <= longest:
        return text
    return text[: longest - 1].rstrip() + ELLIPSIS


# An environment of its own: messages are rendered by the engine, which knows no web request.
templates = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
