"""The one mail layout that formatters fill: a heading, the messages, and a footer that says why one got it and how to
change that.

Colours and sizes are inlined in the template, because mail programs drop style sheets. Its head has a dark theme for
the programs that keep them.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from webapp.domain import blanks
from webapp.domain.envelope import Format
from webapp.domain.markup import to_line, to_styled_html, to_text
from webapp.formatters._base import Context
from webapp.formatters._short import shortened

_PREHEADER = 120  # characters that mail programs show beside a subject
_STYLES = {
    "p": "margin:0 0 14px",
    **{f"h{level}": "margin:24px 0 8px;font-size:17px;line-height:1.35" for level in range(3, 7)},
    "ul": "margin:0 0 14px;padding:0 0 0 22px",
    "ol": "margin:0 0 14px;padding:0 0 0 22px",
    "li": "margin:0 0 4px",
    "blockquote": "margin:0 0 14px;padding:12px 0 1px 14px;border-left:3px solid #c9c5bb;color:#666b68",
    "pre": "margin:0 0 14px;padding:12px 14px;border-radius:8px;background:#f2f0ea;font-size:13px;line-height:1.5;"
    "white-space:pre-wrap",
    "code": "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em",
    "table": "margin:0 0 14px;border-collapse:collapse;font-size:14px",
    "th": "padding:6px 10px;border:1px solid #e6e3dc;text-align:left",
    "td": "padding:6px 10px;border:1px solid #e6e3dc",
    "hr": "margin:20px 0;border:0;border-top:1px solid #e6e3dc",
    "a": "color:#0b6e63",
}
# An environment of its own: messages are rendered by the engine, which knows no web request.
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parents[2] / "templates" / "messages"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Entry(NamedTuple):
    """One message in a mail. ``subject`` and ``at`` (local to the reader) are shown above it where they are set."""

    body: str
    link: str | None
    sender: str
    subject: str = ""
    at: str = ""


class Place(NamedTuple):
    """The channel that a mail is from, and Belfry's address."""

    channel: str
    public_url: str
    required: bool

    @classmethod
    def of(cls, context: Context) -> "Place":
        """The part of a context that is the same for all who read on the channel."""
        return cls(context.channel_title, context.public_url, context.required)


def mail(
    heading: str, entries: Sequence[Entry], place: Place, limits: Format, further: Sequence[str] = ()
) -> tuple[str, str | None]:
    """The mail's text and HTML. ``further`` are lines about messages that it does not show in full."""
    words = {
        "heading": heading,
        "entries": entries,
        "further": further,
        "place": place,
        "who": _who([entry.sender for entry in entries]),
        "preheader": shortened(to_line(" ".join(f"{one.subject} {one.body[:500]}" for one in entries)), _PREHEADER),
        "blanks": blanks,
    }
    text, html = load()
    return text.render(words, written=to_text), html.render(words, written=_html) if limits.html else None


@cache
def load() -> tuple[Template, Template]:
    """The compiled templates for text and HTML."""
    return _templates.get_template("mail.txt"), _templates.get_template("mail.html")


def local(at: datetime, context: Context) -> str:
    """A moment in the recipient's zone and locale: ``Mon 2 Mar, 10:00``."""
    locale, zone = _locale(context.locale), ZoneInfo(context.tz)
    day = format_skeleton("MMMEd", at, tzinfo=zone, locale=locale)
    return f"{day}, {format_time(at, 'short', tzinfo=zone, locale=locale)}"


def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def _html(markdown: str) -> str:
    return to_styled_html(markdown, tuple(_STYLES.items()))


def _who(senders: Sequence[str]) -> str:
    """``Max``, ``Max and Ana``, ``Max, Ana and 3 more``."""
    names = list(dict.fromkeys(senders))
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
