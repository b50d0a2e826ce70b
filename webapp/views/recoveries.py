"""Recovering a subscriber: what failed is sent again, and what it never had is made; looked at first, then done."""

from collections.abc import Collection
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.domain.role import Role
from webapp.forms.recovering import RecoverForm
from webapp.runtime import runtime
from webapp.services.queue import recovering
from webapp.services.queue.recovering import AGAIN, Outlook, Recovered, Sort
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._moments import number
from webapp.views._snapshots import drawn_at
from webapp.views._telling import capped, joined

_OFFERED = {
    Sort.FAILED: "What cannot be delivered",
    Sort.UNKNOWN: "What may have arrived: it may get that a second time",
    Sort.EXPIRED: "What expired before it could be sent",
    Sort.NEVER: "What it never had: posted before it subscribed, or while it was away",
}

screen = Screen("recoveries", __name__, role=Role.OPERATOR)


@screen.get("/subscribers/<name>/recoveries")
def look(name: str) -> Any:
    """How many there are of each sort, and a button that takes up what was chosen of it."""
    form, now = RecoverForm(request.args, meta={"csrf": False}), runtime().now()
    since = form.moment(current_user.tz) if form.validate() else None
    found = recovering.outlook(name=name, since=since, now=now)
    sorts = _sorts(form.sort.data or ()) or [Sort.FAILED]
    form.sort.data = [sort.value for sort in sorts]
    form.offer((sort.value, f"{_(words)} ({capped(found.counts[sort])})") for sort, words in _OFFERED.items())
    chosen = [sort for sort in sorts if found.counts[sort]]
    told = {"found": found, "chosen": chosen, "since": since, "now": now, "verb": _verb(found, chosen)}
    return page("recoveries/look.html", form=form, list=url_for("missed.index", subscriber=name), **told)


@screen.post("/subscribers/<name>/recoveries")
def recover(name: str) -> Any:
    """Recover what was there when the page was drawn. A second click finds nothing left."""
    now = runtime().now()
    since = drawn_at("since", now=now) if request.form.get("since") else None
    wanted = {"since": since, "sorts": _sorts(request.form.getlist("sort")), "as_of": drawn_at("as_of", now=now)}
    done = recovering.recover(name=name, **wanted, by=current_user.username, now=now)
    flash(_told(done), "message" if done.again or done.made else "warning")
    return see_other(url_for("missed.index", subscriber=name))


def _sorts(asked: Collection[str]) -> list[Sort]:
    return [sort for sort in Sort if sort.value in asked]


def _verb(found: Outlook, chosen: Collection[Sort]) -> str:
    """The button's label with its numbers: Send 12 again and make 7."""
    again, never = found.total([sort for sort in chosen if sort in AGAIN]), found.counts[Sort.NEVER]
    words = [_("send %(n)s again", n=capped(again))] if again else []
    words += [_("make %(n)s that it never had", n=capped(never))] if Sort.NEVER in chosen else []
    said = joined(words) if words else ""
    return said[:1].upper() + said[1:]


def _told(done: Recovered) -> str:
    words = (
        [ngettext("1 goes out again.", "%(n)s go out again.", done.again, n=number(done.again))] if done.again else []
    )
    if done.made:
        words.append(
            ngettext("1 that it never had goes out.", "%(n)s that it never had go out.", done.made, n=number(done.made))
        )
    if done.more:
        words.append(_("There is more of it: recover again for the rest."))
    return " ".join(words) or _("Nothing of it is left to be done.")
