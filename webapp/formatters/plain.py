"""One message, one output: the text as it was written, with a line that says where it comes from."""

from collections.abc import Sequence
from functools import lru_cache

from webapp.domain.envelope import Format
from webapp.domain.markup import to_html, to_text
from webapp.formatters._base import Context, Item, Output, shortened, templates


class Plain:
    """Groups nothing; the default of every channel."""

    label = "Plain: each message by itself"
    channels = ()
    groups = False

    def format(self, items: Sequence[Item], limits: Format, context: Context) -> list[Output]:
        """One output an item."""
        return [
            Output(*_rendered((item.subject, item.body, item.link, item.sender), limits, _place(context)), (item.id,))
            for item in items
        ]


def _place(context: Context) -> tuple[str, str]:
    return context.channel_title, context.public_url


@lru_cache(maxsize=256)
def _rendered(
    written: tuple[str, str, str | None, str], limits: Format, place: tuple[str, str]
) -> tuple[str, str, str | None]:
    """Subject, text and HTML; remembered, because nothing in them depends on who receives it."""
    subject, body, link, sender = written
    words = {"subject": subject, "link": link, "sender": sender, "channel": place[0], "public_url": place[1]}
    if limits.max_length is not None:
        short = shortened(f"{subject}: {' '.join(to_text(body).split())}", limits.max_length)
        return subject, short, None
    text = templates.get_template("plain/mail.txt").render(words, body=to_text(body))
    html = templates.get_template("plain/mail.html").render(words, body=to_html(body)) if limits.html else None
    return subject, text, html


FORMATTER = Plain()
