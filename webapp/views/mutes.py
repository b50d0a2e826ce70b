"""Mutes: what one wants nothing sent of for a while, and the end of it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask import flash, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from webapp.domain.clock import can_be_reckoned
from webapp.domain.ids import is_id
from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.forms.preferences import MuteForm
from webapp.runtime import runtime
from webapp.services.preferences import mutes, senders
from webapp.services.preferences.mutes import Lasts, Muted, Wanted, What
from webapp.views import _telling
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._forms import refuse_form
from webapp.views._undo import flash_undo

screen = Screen("mutes", __name__, role=Role.EDITOR)

MOST_UNDONE = 15  # mutes that one undo restores: the message is kept in a cookie
_GOOD = "good"


@screen.get("/preferences/mutes")
def index() -> Any:
    """What is muted."""
    return _page(MuteForm(formdata=None))


@screen.post("/preferences/mutes")
def mute() -> Any:
    """Mute something; ``back`` is the notification from which one came."""
    form, now = MuteForm(), runtime().now()
    if not form.validate():
        return _page(form, 422)
    try:
        what, name = form.thing
        until = mutes.ends(Lasts(form.lasts.data), tz=current_user.tz, now=now)
        wanted = Wanted(What(what), name, until)
        muted, before = mutes.mute(username=current_user.username, wanted=wanted, now=now)
    except ValueError:
        raise BadRequest from None
    except Refused as refused:
        return refuse_form(form, refused, lambda: _page(form))
    _say_muted(muted, before)
    back = request.form.get("back", "")
    return see_other(url_for("notifications.show", id=back) if is_id(back) else url_for("mutes.index"))


@screen.post("/preferences/mutes/<int:id>/end")
def end(id: int) -> Any:
    """Unmute one."""
    ended = mutes.unmute(username=current_user.username, id=id, now=runtime().now())
    words = _("%(title)s is no longer muted.", title=ended.title)
    flash_undo(words, url_for("mutes.restore"), _former([ended]))
    return see_other(url_for("mutes.index"))


@screen.post("/preferences/mutes/end")
def end_all() -> Any:
    """Unmute all."""
    ended = mutes.unmute_all(username=current_user.username, now=runtime().now())
    words = ngettext("%(num)d is no longer muted.", "%(num)d are no longer muted.", len(ended))
    if 0 < len(ended) <= MOST_UNDONE:
        flash_undo(words, url_for("mutes.restore"), _former(ended))
    else:
        flash(words)
    return see_other(url_for("mutes.index"))


@screen.post("/preferences/mutes/restoration")
def restore() -> Any:
    """Mute again what was unmuted, up to when it was. ``instead`` is the mute that replaced it: it ends, where the
    former would be over."""
    try:
        muted = [_read(words) for words in request.form.getlist("muted")]
    except ValueError:
        raise BadRequest from None
    n = mutes.restore(username=current_user.username, muted=muted, now=runtime().now())
    instead = request.form.get("instead", type=int)
    if n == 0 and instead is not None:
        ended = mutes.unmute(username=current_user.username, id=instead, now=runtime().now())
        flash(_("The former mute is over by now: %(title)s is no longer muted.", title=ended.title))
    else:
        flash(ngettext("%(num)d is muted again.", "%(num)d are muted again.", n))
    return see_other(url_for("mutes.index"))


def _page(form: MuteForm, status: int = 200) -> Any:
    now = runtime().now()
    people = {str(it.username): it.display_name for it in senders.lately(user_id=current_user.id, now=now)}
    form.offer(mutes.offered(), people)
    listed = mutes.listed(username=current_user.username, now=now)
    return make_response(page("preferences/mutes.html", form=form, mutes=listed), status)


def _say_muted(muted: Muted, before: Muted | None) -> None:
    if muted.until:
        words = _("%(title)s is muted until %(at)s.", title=muted.title, at=_telling.when(muted.until))
    else:
        words = _("%(title)s is muted for good.", title=muted.title)
    if before:
        flash_undo(words, url_for("mutes.restore"), [*_former([before]), ("instead", str(muted.id))])
    else:
        flash_undo(words, url_for("mutes.end", id=muted.id), [])


def _former(muted: Iterable[Muted]) -> list[tuple[str, str]]:
    return [("muted", f"{it.what} {it.name} {it.until.isoformat() if it.until else _GOOD}") for it in muted]


def _read(words: str) -> Wanted:
    what, name, until = words.split(" ")
    return Wanted(What(what), name, None if until == _GOOD else _moment(until))


def _moment(until: str) -> datetime:
    """The moment in UTC. Raises ValueError also for a time without a zone, and for one outside of the calendar."""
    ends = datetime.fromisoformat(until)
    if ends.tzinfo is None or not can_be_reckoned(ends):
        raise ValueError(until)
    return ends.astimezone(UTC)
