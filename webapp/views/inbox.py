"""The inbox: the list with its filters, kept fresh by polling; a pane to read in; what is marked read or unread."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import Response, flash, g, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.domain.refusal import Conflict
from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.inbox import inbox, notifications, readings
from webapp.views import _telling
from webapp.views._addresses import address
from webapp.views._answers import fragment, page, see_other, wants_piece
from webapp.views._blueprint import Place, Screen
from webapp.views._reader import local
from webapp.views._snapshots import drawn_at


def count_unread() -> str:
    """The number beside the inbox in the menu: 7, or 99+. The inbox page has counted it already."""
    unread = g.unread if "unread" in g else inbox.unread(user_id=current_user.id, now=runtime().now())
    return _telling.capped(unread) if unread else ""


screen = Screen(
    "inbox", __name__, role=Role.EDITOR, place=Place("Inbox", "inbox", 0, 10, count=count_unread, key="g i")
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a part of the inbox, read from an address or from the form on its page."""

    showing: inbox.Showing
    after: str | None
    opened: str | None

    @classmethod
    def of_request(cls) -> "Asked":
        """Every field may be missing. A NUL occurs in no name, and PostgreSQL cannot even search for one."""
        asked = {name: words for name, words in request.values.items() if "\0" not in words}
        showing = inbox.Showing(
            unread=asked.get("view") == "unread",
            channel=asked.get("channel") or None,
            category=asked.get("category") or None,
        )
        return cls(showing, asked.get("after") or None, asked.get("open") or None)

    @property
    def words(self) -> dict[str, str]:
        """The filter as an address or a form carries it."""
        showing = self.showing
        words = {"view": "unread" if showing.unread else None, "channel": showing.channel, "category": showing.category}
        return {name: value for name, value in words.items() if value}

    @property
    def place(self) -> dict[str, str]:
        """The filter and the page of it, as a form carries them."""
        return self.words | ({"after": self.after} if self.after else {})

    def here(self, **other: str | None) -> str:
        """The same page of the list."""
        return self.address(after=self.after, **other)

    def address(self, **other: str | None) -> str:
        """The list that shows this, with ``other`` in place of what it has."""
        words = {name: value for name, value in (self.words | other).items() if value is not None}
        return address("inbox.index", **words)


@screen.get("/")
def home() -> Any:
    """Everybody's first page."""
    return see_other(url_for("inbox.index"))


@screen.get("/inbox")
def index() -> Any:
    """The list, or 204 for a browser that has this version already; with ``open`` also one notification in the pane."""
    asked, now = Asked.of_request(), runtime().now()
    wanted = {"user_id": current_user.id, "showing": asked.showing, "after": asked.after, "opened": asked.opened}
    if "version" in request.args and request.args["version"] == _today(inbox.version(**wanted, now=now), now):
        return Response(status=204)
    alone, shown = wants_piece(), inbox.page(**wanted, now=now)
    opened = None
    if asked.opened and not alone:
        opened = notifications.get(user_id=current_user.id, id=asked.opened, now=now)
    g.unread = shown.unread
    version, days = _today(shown.version, now), _by_day(shown.entries)
    return page(
        "inbox/index.html",
        "list",
        asked=asked,
        shown=shown,
        days=days,
        opened=opened,
        version=version,
        now=now,
        alone=alone,
    )


@screen.post("/inbox/<id>/reading")
def read(id: str) -> Any:
    """Open one, which marks it read; in the pane, or as a page of its own."""
    now = runtime().now()
    readings.mark_one(user_id=current_user.id, id=id, now=now)
    if not wants_piece():
        return see_other(url_for("notifications.show", id=id))
    asked, opened = Asked.of_request(), notifications.get(user_id=current_user.id, id=id, now=now)
    words = {"opened": opened, "back": asked.place, "unread": count_unread()}
    answer = make_response(fragment("notifications/show.html", "reading", **words))
    answer.headers["HX-Trigger-After-Swap"] = "refresh"  # the list then shows at once that it was read
    if request.headers.get("HX-Target") == "pane":
        answer.headers["HX-Push-Url"] = asked.here(open=id)
    return answer


@screen.post("/inbox/<id>/unread")
def unread(id: str) -> Any:
    """Mark one unread, and go back to the list."""
    readings.mark_one(user_id=current_user.id, id=id, now=runtime().now(), read=False)
    return see_other(Asked.of_request().here())


@screen.post("/inbox/readings")
def mark() -> Any:
    """Mark the ticked ones read or unread, or all that the filter shows read."""
    asked, now, what = Asked.of_request(), runtime().now(), request.form.get("mark")
    ids = request.form.getlist("ids")
    if what == "all":
        return _mark_all(asked, now)
    n = readings.mark_many(user_id=current_user.id, ids=ids, now=now, read=what != "unread")
    if ids:
        flash(_marked(n, read=what != "unread"))
    else:
        flash(_("Tick the ones you mean first."), "warning")
    return see_other(asked.here())


def _mark_all(asked: Asked, now: datetime) -> Any:
    me, until, most = current_user.id, drawn_at("until", now=now), request.form.get("most", type=int)
    try:
        n = readings.mark_all(user_id=me, showing=asked.showing, until=until, now=now, most=most)
    except Conflict:
        flash(_("Something new has come meanwhile, so nothing was marked. Look, then mark again."), "warning")
    else:
        flash(_marked(n, read=True))
    return see_other(asked.here())


def _by_day(entries: Iterable[inbox.Entry]) -> list[tuple[datetime, list[inbox.Entry]]]:
    """The entries grouped by the reader's days, each with a moment of that day."""
    days = groupby(entries, key=lambda entry: local(entry.visible_at).date())
    return [(members[0].visible_at, members) for members in (list(group) for _, group in days)]


def _today(version: str, now: datetime) -> str:
    """Includes the day: the list says "Today" and "Yesterday", so it changes at midnight."""
    return f"{version}.{local(now):%j}"


def _marked(n: int, *, read: bool) -> str:
    if read:
        return ngettext("%(num)d marked read.", "%(num)d marked read.", n)
    return ngettext("%(num)d marked unread.", "%(num)d marked unread.", n)
