"""One's own profile: name, addresses, zone and locale, and the password."""

from typing import Any

from flask import flash, make_response, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm

from webapp.domain.refusal import Conflict, Refused, Throttled
from webapp.domain.role import Role
from webapp.forms.profile import DetailsForm, OwnPasswordForm
from webapp.runtime import runtime
from webapp.services.people import accounts, second_factor, sessions, tokens
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._forms import show_problems
from webapp.views._identity import renew
from webapp.views._versions import who_was_faster

screen = Screen("profile", __name__, role=Role.EDITOR)


@screen.get("/profile")
def index() -> Any:
    """Both forms."""
    return _page()


@screen.post("/profile")
def change() -> Any:
    """Save the details."""
    form, me = DetailsForm(obj=current_user), current_user.username
    if not form.validate():
        return _page(form)
    try:
        accounts.edit(username=me, seen=form.seen.data, **form.values(), by=me, now=runtime().now())
    except Refused as refused:
        if isinstance(refused, Conflict):  # saving again overwrites knowingly
            form.seen.data = current_user.seen
        return _page(form, refused)
    flash(_("Saved."))
    return see_other(url_for("profile.index"))


@screen.post("/profile/password")
def change_password() -> Any:
    """Change the password; all other sessions of the person end."""
    form, me = OwnPasswordForm(), current_user.username
    if not form.validate():
        return _page(form)
    current, new, now = form.current.data or "", form.new.data or "", runtime().now()
    try:
        token = sessions.change_password(username=me, current=current, new=new, now=now)
    except Refused as refused:
        return _page(form, refused)
    renew(token)
    flash(_("Your password is changed, and you are signed out everywhere else."))
    if good := _tokens():
        said = "%(num)s token of yours goes on to work.", "%(num)s tokens of yours go on to work."
        flash(ngettext(*said, good) + " " + _("Revoke what you do not know."), "brass")
    return see_other(url_for("profile.index"))


def _page(sent: FlaskForm | None = None, refused: Refused | None = None) -> Any:
    """The page: the submitted form as it was sent, the other one with the saved values."""
    conflict = who_was_faster(refused)
    if sent and refused and not conflict:
        show_problems(sent, refused)
    details, password = (
        sent if isinstance(sent, kind) else kind(formdata=None, obj=current_user)
        for kind in (DetailsForm, OwnPasswordForm)
    )
    left = second_factor.codes_left(username=current_user.username) if current_user.second_factor_at else 0
    html = page(
        "profile/index.html",
        form=sent or details,
        details=details,
        password=password,
        codes_left=left,
        tokens=_tokens(),
        conflict=conflict,
    )
    answer = make_response(html, refused.status if refused else 422 if sent else 200)
    if isinstance(refused, Throttled):
        answer.headers["Retry-After"] = str(refused.retry_after)
    return answer


def _tokens() -> int:
    return tokens.count_good(username=current_user.username, now=runtime().now())
