"""A request for a part of the queue: a tab, a filter and a page, read from an address or a form."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from webapp.domain.reason import Reason
from webapp.services.queue.queue import Filters, Tab

NARROWING = ("text", "person", "subscriber", "channel", "provider", "medium", "reason")
LONGEST = 200  # characters read of one filter


@dataclass(frozen=True, slots=True)
class Asked:
    """``words`` are the filters of the address that are not empty."""

    tab: Tab
    words: dict[str, str]
    after: str | None

    @classmethod
    def of_request(cls) -> "Asked":
        """Every field may be missing. A NUL occurs in no name, and PostgreSQL cannot even search for one."""
        given = {name: words.strip()[:LONGEST] for name, words in request.values.items() if "\0" not in words}
        tab = Tab(given["tab"]) if given.get("tab") in set(Tab) else Tab.UNDELIVERABLE
        return cls(tab, {name: given[name] for name in NARROWING if given.get(name)}, given.get("after") or None)

    @property
    def filters(self) -> Filters:
        """The request as a service's Filters."""
        words = self.words
        return Filters(
            states=self.tab.states,
            text=words.get("text"),
            person=words.get("person"),
            subscriber=words.get("subscriber"),
            channel=words.get("channel"),
            provider=words.get("provider"),
            medium=words.get("medium"),
            reason=words.get("reason"),
        )

    @property
    def reason(self) -> Reason | None:
        """The reason that is asked for, where it is one."""
        words = self.words.get("reason")
        return Reason(words) if words in set(Reason) else None

    @property
    def fields(self) -> dict[str, str]:
        """The tab and the filters as a form's fields."""
        return {"tab": self.tab.value, **self.words}

    @property
    def by_reason_alone(self) -> bool:
        """Whether nothing but a reason narrows the tab."""
        return self.words.keys() <= {"reason"}

    def address(self, **other: str | None) -> str:
        """The page that shows this, with ``other`` in place of what it has."""
        words: dict[str, Any] = self.fields | other
        return url_for("failed.index", **words)
