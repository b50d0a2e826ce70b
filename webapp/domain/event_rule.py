"""EventRule: which events, by type and source, are posted on which channel, and for whom."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from webapp.domain.posters import problem_in_posters
from webapp.domain.text import problem_in_line

EVERYTHING = "*"
LONGEST_TYPE, LONGEST_SOURCE = 200, 500  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """``type`` and ``source`` are globs: ``*`` stands for any characters, ``?`` for one. ``recipients`` are usernames,
    and roles as ``role:operator``; without any, only the channel's subscribers are told."""

    channel: str
    type: str = EVERYTHING
    source: str = EVERYTHING
    recipients: tuple[str, ...] = ()

    def takes(self, *, type: str, source: str) -> bool:
        """Whether it applies to events of this type from this source."""
        return _like(type, self.type) and _like(source, self.source)

    def problems(self) -> dict[str, str | None]:
        """What is wrong with it, by field. Whether the people and the channel exist is not checked here."""
        return {
            "type": problem_in_line(self.type, longest=LONGEST_TYPE),
            "source": problem_in_line(self.source, longest=LONGEST_SOURCE),
            "recipients": problem_in_posters(self.recipients),
        }


def _like(text: str, glob: str) -> bool:
    """A glob match in which a bracket stands for itself: sources have brackets around addresses, as in
    https://[::1]/orders."""
    return fnmatchcase(text, glob.replace("[", "[[]"))
