"""One message, one output: the text as it was written, and below it why the reader got it."""

from collections.abc import Sequence
from functools import lru_cache

from webapp.domain.envelope import Format
from webapp.domain.markup import to_line
from webapp.formatters._base import Context, Item, Output
from webapp.formatters._mail import Entry, Place, mail
from webapp.formatters._short import shortened


class Plain:
    """Does not group messages; the default of every channel."""

    label = "Plain: each message by itself"
    channels = ()
    groups = False
    same_for_all = True

    def format(self, items: Sequence[Item], limits: Format, context: Context) -> list[Output]:
        """One output per item."""
        place = Place.of(context)
        return [
            Output(
                item.subject,
                *_rendered(item.subject, Entry(item.body, item.link, item.sender), limits, place),
                (item.id,),
            )
            for item in items
        ]


@lru_cache(maxsize=256)
def _rendered(subject: str, entry: Entry, limits: Format, place: Place) -> tuple[str, str | None]:
    """Text and HTML. Cached, because nothing in them depends on the recipient."""
    if limits.max_length is None:
        return mail(subject, [entry], place, limits)
    link = f" {entry.link}" if entry.link and len(entry.link) < limits.max_length // 2 else ""
    words = f"{subject}: {to_line(entry.body)}"
    return shortened(words, limits.max_length - len(link)) + link, None


FORMATTER = Plain()
