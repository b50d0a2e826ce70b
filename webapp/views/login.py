"""Signing in and out; in the demo also as one of its team, without a password."""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, flash, make_response, request, url_for
from flask_babel import gettext as _

from webapp.domain.refusal import Missing, Refused, Throttled
from webapp.forms.login import LoginForm
from webapp.runtime import runtime
from webapp.services.people import second_step, sessions
from webapp.services.running import demo
from webapp.views import _identity
from webapp.views._addresses import safe_path
from webapp.views._answers import page, see_other
from webapp.views._blueprint import EVERYBODY, Screen
from webapp.views._forms import show_problems
from webapp.web import is_loopback

screen = Screen("login", __name__, role=EVERYBODY)

# A visitor who comes through a proxy is not on the machine that runs the demo.
FORWARDING = ("Forwarded", "Via", "X-Real-IP")


@screen.get("/login")
def index() -> Any:
    """The form, or onwards for somebody who is signed in."""
    onwards = safe_path(request.args.get("next"))
    if _identity.present():
        return see_other(onwards or "/")
    return _page(LoginForm(data={"next": onwards}))


@screen.post("/login")
def sign_in() -> Any:
    """Check name and password, and lead to where the person wanted to go."""
    form = LoginForm()
    if not form.validate():
        return _page(form), 422
    now, address = runtime().now(), request.remote_addr
    try:
        entered = sessions.sign_in(
            username=form.username.data or "", password=form.password.data or "", address=address, now=now
        )
    except Refused as refused:
        return _not_signed_in(form, refused)
    if isinstance(entered, sessions.HalfWay):
        return _ask_for_code(entered.token, form.next.data)
    return _identity.enter(*entered, form.next.data)


@screen.post("/login/demo")
def sign_in_to_demo() -> Any:
    """Continue as one of the demo team."""
    if not _offers_demo():
        raise Missing({"username": _("There is no demo here.")})
    who, token = sessions.sign_in_to_demo(username=request.form.get("username", ""), now=runtime().now())
    return _identity.enter(who, token, request.form.get("next"))


@screen.post("/logout")
def sign_out() -> Any:
    """End this browser's session for good."""
    _identity.end_present()
    _identity.sign_out()
    flash(_("You are signed out."))
    return see_other(url_for("login.index"))


def _ask_for_code(token: str, onwards: str | None) -> Response:
    """Go to the page for the code, whether a code could be sent or not."""
    _identity.go_half_way(token, onwards)
    try:
        second_step.send_first(token=token, bench=runtime())
    except Refused as refused:
        flash(" ".join(refused.problems.values()), "here")
    return see_other(url_for("login_code.index"))


def _not_signed_in(form: LoginForm, refused: Refused) -> Response:
    show_problems(form, refused)
    answer = make_response(_page(form), refused.status)
    if isinstance(refused, Throttled):
        answer.headers["Retry-After"] = str(refused.retry_after)
    return answer


def _page(form: LoginForm) -> str:
    return page("login/index.html", form=form, team=demo.team() if _offers_demo() else [])


def _offers_demo() -> bool:
    """Only in the demo, only from this machine, and never through a proxy."""
    settings = runtime().settings
    forwarded = any(name in request.headers for name in FORWARDING) or any(
        name.startswith("X-Forwarded-") for name, _value in request.headers
    )
    public = urlsplit(settings.public_url).hostname or settings.host
    return settings.demo and is_loopback(settings.host) and is_loopback(public) and not forwarded
