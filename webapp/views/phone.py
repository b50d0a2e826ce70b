"""Whose phone it is: a code is sent to the number on record, and typed here."""

from typing import Any

from flask import Response, flash, make_response, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.refusal import Conflict, Refused
from webapp.domain.role import Role
from webapp.forms.codes import CodeForm
from webapp.runtime import runtime
from webapp.services.people import phones
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._forms import refuse_form

screen = Screen("phone", __name__, role=Role.EDITOR)


@screen.get("/profile/phone")
def index() -> Any:
    """Where the code is typed, or asked for."""
    return _page(CodeForm())


@screen.post("/profile/phone/code")
def ask() -> Any:
    """Have a code sent, or another one."""
    try:
        phones.ask(username=current_user.username, bench=runtime())
    except Conflict as conflict:
        return _to_profile(conflict)
    except Refused as refused:
        flash(" ".join(refused.problems.values()), "here")
    return see_other(url_for("phone.index"))


@screen.post("/profile/phone")
def prove() -> Any:
    """Check the code."""
    form = CodeForm()
    if not form.validate():
        return _page(form, 422)
    try:
        phones.prove(username=current_user.username, code=form.code.data or "", bench=runtime())
    except Refused as refused:
        return refuse_form(form, refused, lambda: _page(form))
    flash(_("Your phone is verified: notifications by SMS reach you now."))
    return see_other(url_for("profile.index"))


def _page(form: CodeForm, status: int = 200) -> Response:
    if current_user.phone is None or current_user.phone_verified_at:
        return see_other(url_for("profile.index"))
    waiting = phones.asked(username=current_user.username, now=runtime().now())
    return make_response(page("profile/phone.html", form=form, waiting=waiting), status)


def _to_profile(conflict: Conflict) -> Response:
    flash(" ".join(conflict.problems.values()), "brass")
    return see_other(url_for("profile.index"))
