"""Times: one's quiet hours, and e-mail only of what stays unread."""

from typing import Any

from flask import make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm

from webapp.domain.quiet_hours import DAYS
from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.forms.preferences import DAY_NAMES, QuietHoursForm, UnreadForm, hours_words
from webapp.runtime import runtime
from webapp.services.preferences import times
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._forms import refuse_form
from webapp.views._undo import flash_undo

screen = Screen("times", __name__, role=Role.EDITOR)


@screen.get("/preferences/times")
def index() -> Any:
    """Both forms."""
    return _page()


@screen.post("/preferences/times/quiet-hours")
def keep_quiet() -> Any:
    """Save the week; or only copy one day's hours to every day of the form."""
    form, me = QuietHoursForm(), current_user.username
    if not form.validate():
        return _page(form, 422)
    form.copy(request.form.get("copy", ""))
    try:
        before = times.keep_quiet(username=me, hours=form.hours, now=runtime().now())
    except Refused as refused:
        return refuse_form(form, refused, lambda: _page(form))
    flash_undo(_("Your quiet hours are saved."), url_for("times.keep_quiet"), hours_words(before))
    return see_other(url_for("times.index"))


@screen.post("/preferences/times/unread")
def mail_unread() -> Any:
    """Save the delay after which unread messages are sent by e-mail."""
    form, me = UnreadForm(), current_user.username
    if not form.validate():
        return _page(form, 422)
    try:
        before = times.mail_unread(username=me, after_s=form.after_s, now=runtime().now())
    except Refused as refused:
        return refuse_form(form, refused, lambda: _page(form))
    former = [("after", str(before // 60) if before else "")]
    flash_undo(_unread_words(form.after.data), url_for("times.mail_unread"), former)
    return see_other(url_for("times.index"))


def _page(sent: FlaskForm | None = None, status: int = 200) -> Any:
    """The page: the submitted form as it was sent, the other one with the saved values."""
    kept = times.get(username=current_user.username)
    by_day = {DAYS[day.weekday]: day.hours for day in kept.days}
    quiet = sent if isinstance(sent, QuietHoursForm) else QuietHoursForm(formdata=None, data=by_day)
    after = kept.unread_after_s // 60 if kept.unread_after_s else None
    unread = sent if isinstance(sent, UnreadForm) else UnreadForm(formdata=None, data={"after": after})
    shown = times.week(quiet.hours) if sent is quiet else kept.days
    html = page(
        "preferences/times.html",
        form=sent or quiet,
        quiet=quiet,
        unread=unread,
        kept=kept,
        days=list(zip(DAY_NAMES, quiet.days, shown, strict=True)),
        most=times.MOST_A_DAY,
    )
    return make_response(html, status)


def _unread_words(minutes: int | None) -> str:
    if not minutes:
        return _("Saved: e-mail is sent at once.")
    return ngettext(
        "Saved: e-mail comes only of what is still unread after %(num)d minute.",
        "Saved: e-mail comes only of what is still unread after %(num)d minutes.",
        minutes,
    )
