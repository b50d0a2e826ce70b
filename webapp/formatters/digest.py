"""All that one person has due on a channel, in one output: newest first, as in the inbox.

Each person chooses when that is (at once, every hour, each day at a time); the engine waits until then.
"""

from collections.abc import Sequence
from functools import lru_cache

from webapp.domain.envelope import Format
from webapp.formatters._base import Context, Item, Output
from webapp.formatters._mail import Entry, Place, local, mail
from webapp.formatters._short import shortened

_IN_FULL = 15  # messages that are shown with their text: mail programs cut off what is longer than 100 KB
_LISTED = 50  # further ones that are listed by subject only
_LONGEST = 1500  # characters of a text


class Digest:
    """Groups whatever is due at once."""

    label = "Digest: all that is due in one"
    channels = ()
    groups = True

    def format(self, items: Sequence[Item], limits: Format, context: Context) -> list[Output]:
        """One output with all of them, none where there is nothing."""
        if not items:
            return []
        newest = sorted(items, key=lambda item: (item.visible_at, item.id), reverse=True)
        entries = tuple(_entry(item, context) for item in newest)
        return [Output(*_rendered(entries, limits, Place.of(context)), tuple(item.id for item in newest))]


def _entry(item: Item, context: Context) -> Entry:
    return Entry(_excerpt(item.body), item.link, item.sender, item.subject, local(item.visible_at, context))


def _excerpt(body: str) -> str:
    """As many whole lines as fit, but at least a part of the first."""
    if len(body) <= _LONGEST:
        return body
    lines = body[:_LONGEST].rpartition("\n")[0].rstrip()
    return f"{lines}\n\n…" if lines else shortened(body, _LONGEST)


@lru_cache(maxsize=64)
def _rendered(entries: tuple[Entry, ...], limits: Format, place: Place) -> tuple[str, str, str | None]:
    """Subject, text and HTML. Cached, because many people have the same messages due at the same time."""
    subjects = "; ".join(entry.subject for entry in entries)
    heading = f"{len(entries)} new on {place.channel}"
    if limits.max_length is not None:
        return heading, shortened(f"{heading}: {subjects}", limits.max_length), None
    subject = entries[0].subject if len(entries) == 1 else f"{heading}: {shortened(subjects, 100)}"
    return subject, *mail(heading, entries[:_IN_FULL], place, limits, _further(entries[_IN_FULL:]))


def _further(entries: Sequence[Entry]) -> list[str]:
    """A line for each message that is listed by subject only, and one that counts those beyond that."""
    lines = [f"{entry.subject} ({entry.sender}, {entry.at})" for entry in entries[:_LISTED]]
    left = len(entries) - len(lines)
    return [*lines, f"… and {left} more"] if left else lines


FORMATTER = Digest()
