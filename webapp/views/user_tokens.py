"""The tokens of other accounts, for administrators: listed and revoked; made only for service accounts, since nobody
gets a token in somebody else's name."""

from typing import Any

from flask import Response, url_for
from flask_login import current_user

from webapp.domain.role import Role
from webapp.forms.tokens import TokenForm
from webapp.runtime import runtime
from webapp.services.people import accounts, tokens
from webapp.services.people.accounts import Person
from webapp.views import _tokens
from webapp.views._answers import page
from webapp.views._blueprint import Screen

screen = Screen("user_tokens", __name__, role=Role.ADMIN)


@screen.get("/users/<username>/tokens")
def index(username: str) -> Any:
    """The tokens and when each was last used, never their values."""
    listed = tokens.account_tokens(username=username, now=runtime().now())
    return page("tokens/others.html", someone=accounts.get(username=username), tokens=listed)


@screen.get("/users/<username>/tokens/new")
def new(username: str) -> Any:
    """An empty form."""
    someone = tokens.program(username=username)
    return _form(TokenForm(someone.role), someone)


@screen.post("/users/<username>/tokens/new")
def make(username: str) -> Any:
    """Make it, and show it this once."""
    someone, now = tokens.program(username=username), runtime().now()
    form = TokenForm(someone.role)

    def act() -> tokens.Made:
        return tokens.make_for_program(username=username, by=current_user.username, now=now, **form.values(now))

    return _tokens.make(form, act, lambda: _form(form, someone), after=_list(username))


@screen.get("/users/<username>/tokens/<id>/revocation")
def ask_to_revoke(username: str, id: str) -> Any:
    """The page that asks whether to revoke it."""
    act = url_for("user_tokens.revoke", username=username, id=id)
    return _tokens.revocation(id, accounts.get(username=username), act=act, back=_list(username))


@screen.post("/users/<username>/tokens/<id>/revocation")
def revoke(username: str, id: str) -> Any:
    """Revoke it."""
    return _tokens.revoke(id, username, by=current_user.username, after=_list(username))


def _form(form: TokenForm, someone: Person) -> Response:
    return _tokens.form_page(form, whose=someone, back=_list(someone.username))


def _list(username: str) -> str:
    return url_for("user_tokens.index", username=username)
