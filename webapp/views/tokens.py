"""One's own tokens: which there are, a new one, and one revoked."""

from typing import Any

from flask import Response, url_for
from flask_login import current_user

from webapp.domain.role import Role
from webapp.forms.tokens import OwnTokenForm
from webapp.runtime import runtime
from webapp.services.people import tokens
from webapp.views import _tokens
from webapp.views._answers import page
from webapp.views._blueprint import Screen

screen = Screen("tokens", __name__, role=Role.EDITOR)


@screen.get("/profile/tokens")
def index() -> Any:
    """The tokens and when each was last used, never their values."""
    return page("tokens/index.html", tokens=tokens.account_tokens(username=current_user.username, now=runtime().now()))


@screen.get("/profile/tokens/new")
def new() -> Any:
    """An empty form."""
    return _form(OwnTokenForm(current_user.role))


@screen.post("/profile/tokens/new")
def make() -> Any:
    """Make it, and show it this once."""
    form, now = OwnTokenForm(current_user.role), runtime().now()

    def act() -> tokens.Made:
        mine = {"username": current_user.username, "password": form.current.data or "", "now": now}
        return tokens.make_own(**mine, **form.values(now))

    return _tokens.make(form, act, lambda: _form(form), after=url_for("tokens.index"))


@screen.get("/profile/tokens/<id>/revocation")
def ask_to_revoke(id: str) -> Any:
    """The page that asks whether to revoke it."""
    whose: Any = current_user
    return _tokens.revocation(id, whose, act=url_for("tokens.revoke", id=id), back=url_for("tokens.index"))


@screen.post("/profile/tokens/<id>/revocation")
def revoke(id: str) -> Any:
    """Revoke it."""
    me = current_user.username
    return _tokens.revoke(id, me, by=me, after=url_for("tokens.index"))


def _form(form: OwnTokenForm) -> Response:
    return _tokens.form_page(form, whose=None, back=url_for("tokens.index"))
