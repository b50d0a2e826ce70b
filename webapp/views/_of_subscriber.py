"""All deliveries to one subscriber, by what became of them: a page of them, newest post first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from webapp.domain.delivery_state import DeliveryState as S
from webapp.services.queue import queue
from webapp.services.queue.queue import Filters
from webapp.views._answers import page

LONGEST = 60  # characters of a name
_TABS: Mapping[str, tuple[str, tuple[S, ...]]] = {
    "": ("All", ()),
    "waiting": ("Waiting", (S.QUEUED, S.SENDING, S.HELD)),
    "retrying": ("Trying again", (S.RETRYING,)),
    "sent": ("Handed over", (S.SENT, S.DELIVERED)),
    "undeliverable": ("Undeliverable", (S.UNDELIVERABLE,)),
    "unknown": ("Unknown", (S.UNKNOWN,)),
    "cancelled": ("Cancelled", (S.CANCELLED, S.FILTERED, S.FOLDED)),
}


@dataclass(frozen=True, slots=True)
class _Tab:
    """A tab of the list."""

    label: str
    url: str
    active: bool


def of_subscriber() -> Any:
    """The page that the address asks for."""
    name, asked = request.args["subscriber"].strip()[:LONGEST], request.args.get("tab", "")
    chosen = asked if asked in _TABS else ""
    filters = Filters(subscriber=name, states=_TABS[chosen][1])
    after = request.args.get("after")
    shown = queue.newest(filters=filters, cursor=after)
    tabs = [_Tab(_(label), _address(name, tab), tab == chosen) for tab, (label, _states) in _TABS.items()]
    older = _address(name, chosen, shown.older) if shown.older else None
    first = _address(name, chosen) if after else None
    return page("deliveries/of_subscriber.html", name=name, shown=shown, tabs=tabs, older=older, first=first)


def _address(name: str, tab: str, after: str | None = None) -> str:
    return url_for("missed.index", subscriber=name, tab=tab or None, after=after)
