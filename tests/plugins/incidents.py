"""``incidents``: of all that machines report on one incident, only the newest goes out."""

from collections.abc import Sequence

from webapp.domain.blanks import RECIPIENT, WHY
from webapp.domain.envelope import Format
from webapp.formatters import Context, Item, Output


class Incidents:
    """One output for each incident; what an earlier one said is left out."""

    label = "Incidents: the newest of each"
    channels = ("ops.*",)
    groups = True

    def format(self, items: Sequence[Item], limits: Format, context: Context) -> list[Output]:
        """The items come in the order in which they were posted, so the last of each incident stays."""
        newest = {item.attributes.get("incident", item.id): item for item in items}
        return [self._output(item, limits, context) for item in newest.values()]

    def user_format(self, item: Item, context: Context) -> str:
        """What the inbox shows, as Markdown: what it follows is said, too."""
        before = context.related.get(item.attributes.get("follows", ""))
        return f"{item.body}\n\n> Before: {before.subject}" if before else item.body

    def _output(self, item: Item, limits: Format, context: Context) -> Output:
        subject = f"{item.attributes.get('state', 'open')}: {item.subject}"[:300]
        if limits.max_length:
            return Output(subject, subject[: limits.max_length], None, (item.id,))
        text = f"{item.body}\n\n-- \nFor {RECIPIENT}: reported on {context.channel_title} {WHY}.\n"
        return Output(subject, text, None, (item.id,))


FORMATTER = Incidents()
