"""Preferences: which channels one is sent by which medium, and how often; and how well one is reached."""

from typing import Any, cast

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from webapp.domain.role import Role
from webapp.forms.preferences import OFTEN, USUAL_TIME, CellForm, cell_words
from webapp.runtime import runtime
from webapp.services.people.accounts import Person
from webapp.services.preferences import addresses, grid
from webapp.views import _telling
from webapp.views._answers import page, see_other, wants_piece
from webapp.views._blueprint import Place, Screen
from webapp.views._undo import flash_undo, undo

screen = Screen("preferences", __name__, role=Role.EDITOR, place=Place("Preferences", "sliders", 0, 30, key="g r"))


@screen.get("/preferences")
def index() -> Any:
    """The grid."""
    now = runtime().now()
    shown = grid.get(user_id=current_user.id, now=now)
    return page(
        "preferences/index.html",
        grid=shown,
        columns=[(_("Channel"), ""), *((_telling.medium(medium), "") for medium in shown.media)],
        reached=addresses.get(person=cast(Person, current_user), now=now),
        often=OFTEN,
        usual_time=f"{USUAL_TIME:%H:%M}",
    )


@screen.post("/preferences/<channel>/<medium>")
def choose(channel: str, medium: str) -> Any:
    """Save one cell. Scripts get a message with an undo button; without scripts the page is shown again."""
    form = CellForm()
    if not form.validate():
        raise BadRequest
    wish = {"wanted": bool(form.wanted.data), "digest": form.digest}
    chosen = grid.choose(username=current_user.username, channel=channel, medium=medium, **wish, now=runtime().now())
    before = cell_words(wanted=chosen.before.wanted, digest=chosen.before.digest)
    told = _words(chosen), url_for("preferences.choose", channel=channel, medium=medium), before
    if wants_piece():
        return render_template("preferences/saved.html", message=undo(*told))
    flash_undo(*told)
    return see_other(url_for("preferences.index", _anchor=channel))


def _words(chosen: grid.Chosen) -> str:
    what = {"channel": chosen.title, "medium": _(chosen.after.medium.label)}
    if not chosen.after.wanted:
        return _("Saved: no more %(channel)s by %(medium)s.", **what)
    if chosen.after.digest is None:
        return _("Saved: %(channel)s by %(medium)s, each at once.", **what)
    if chosen.after.digest.daily is None:
        return _("Saved: %(channel)s by %(medium)s, once an hour.", **what)
    return _("Saved: %(channel)s by %(medium)s, daily at %(at)s.", **what, at=f"{chosen.after.digest.daily:%H:%M}")
