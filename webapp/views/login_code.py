"""The second step of signing in: the code that was sent to the phone, or one of those kept for its loss."""

from typing import Any

from flask import Response, flash, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm

from webapp.domain.refusal import Missing, Refused
from webapp.forms.codes import CodeForm, RecoveryForm
from webapp.runtime import runtime
from webapp.services.people import second_step
from webapp.services.people.second_step import Entered
from webapp.views import _identity
from webapp.views._answers import page, see_other
from webapp.views._blueprint import EVERYBODY, Screen
from webapp.views._forms import refuse_form

screen = Screen("login_code", __name__, role=EVERYBODY)


@screen.get("/login/code")
def index() -> Any:
    """The form for the code."""
    return _page("login/code.html", CodeForm())


@screen.post("/login/code")
def enter() -> Any:
    """Sign in by the code."""
    form, here = CodeForm(), {"token": _identity.half_way(), "address": request.remote_addr}
    if not form.validate():
        return _page("login/code.html", form, 422)
    try:
        entered = second_step.enter_by_code(code=form.code.data or "", bench=runtime(), **here)
    except Missing as over:
        return _begin_again(over)
    except Refused as refused:
        return refuse_form(form, refused, lambda: _page("login/code.html", form))
    return _enter(entered)


@screen.post("/login/code/another")
def send_another() -> Any:
    """Have another code sent."""
    try:
        second_step.send_another(token=_identity.half_way(), bench=runtime())
    except Missing as over:
        return _begin_again(over)
    except Refused as refused:
        flash(" ".join(refused.problems.values()), "here")
    else:
        flash(_("A code is on its way. Any before it is good no more."))
    return see_other(url_for("login_code.index"))


@screen.get("/login/recovery")
def ask_for_recovery() -> Any:
    """The form for a recovery code."""
    return _page("login/recovery.html", RecoveryForm())


@screen.post("/login/recovery")
def recover() -> Any:
    """Sign in by a recovery code."""
    form, here = RecoveryForm(), {"token": _identity.half_way(), "address": request.remote_addr}
    if not form.validate():
        return _page("login/recovery.html", form, 422)
    try:
        entered = second_step.enter_by_recovery_code(code=form.recovery.data or "", now=runtime().now(), **here)
    except Missing as over:
        return _begin_again(over)
    except Refused as refused:
        return refuse_form(form, refused, lambda: _page("login/recovery.html", form))
    return _enter(entered)


def _page(template: str, form: FlaskForm, status: int = 200) -> Response:
    """One of the forms, or a redirect where nobody has begun to sign in, or has done so already."""
    if not _identity.half_way():
        return see_other("/" if _identity.present() else url_for("login.index"))
    try:
        waiting = second_step.asked(token=_identity.half_way(), now=runtime().now())
    except Missing as over:
        return _begin_again(over)
    return make_response(page(template, form=form, waiting=waiting), status)


def _begin_again(over: Missing) -> Response:
    """Redirect to the first step, keeping where the person wanted to go."""
    _identity.give_up_half_way()
    flash(" ".join(over.problems.values()), "brass")
    return see_other(url_for("login.index", next=_identity.onwards() or None))


def _enter(entered: Entered) -> Response:
    answer = _identity.enter(entered.who, entered.token, _identity.onwards())
    if entered.codes_left is not None:
        left = ngettext("%(num)s recovery code is left.", "%(num)s recovery codes are left.", entered.codes_left)
        flash(f"{_('You signed in by a recovery code, which is good no more.')} {left}", "brass")
    return answer
