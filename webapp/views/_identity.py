"""The current user: Flask-Login over a session row in the database, so that a copied cookie dies with its row."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, Response, g, session, url_for
from flask_login import current_user, login_user, logout_user

from webapp.extensions import login
from webapp.runtime import runtime
from webapp.services.people import sessions
from webapp.services.people.accounts import Person
from webapp.views._addresses import path_of_page, safe_path
from webapp.views._answers import see_other

_HALF_WAY, _ONWARDS = "half_way", "onwards"  # in the cookie, which is signed


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Person):
    """The current user, with the token of their browser's session; what ``current_user`` stands for."""

    token: str

    is_authenticated = is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What Flask-Login puts into the cookie: the token, so that the row decides and not the user's number."""
        return self.token


def install(app: Flask) -> None:
    """Tell Flask-Login how to find the person."""
    app.config["PERMANENT_SESSION_LIFETIME"] = sessions.LASTS
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False  # reading a page sets no cookie
    app.config["SESSION_PROTECTION"] = None  # the row ends a session, not a changed address or browser
    login.user_loader(load)


def load(token: str) -> SignedIn | None:
    """The person of a token, read anew at each request: a changed role or a deactivation takes effect at once."""
    person = sessions.person_of(token=token, now=runtime().now())
    return _signed_in(person, token) if person else None


def _signed_in(person: Person, token: str) -> SignedIn:
    return SignedIn(**{name: getattr(person, name) for name in Person.__slots__}, token=token)


def ask_to_sign_in() -> Any:
    """Redirect to the sign-in page, and from there back to the requested page."""
    return see_other(url_for("login.index", next=path_of_page()))


def sign_in(person: Person, token: str) -> None:
    """Make this browser ``person``'s. The former contents of the cookie are dropped: they may be somebody else's."""
    session.clear()
    session.permanent = True
    login_user(_signed_in(person, token))


def enter(person: Person, token: str, onwards: str | None) -> Response:
    """Sign in, in place of whoever was before, and lead to where the person wanted to go."""
    end_present()
    sign_in(person, token)
    return see_other(safe_path(onwards) or "/")


def end_present() -> None:
    """End this browser's session, if it has one, for good."""
    if here := present():
        sessions.sign_out(token=here.token)


def go_half_way(token: str, onwards: str | None) -> None:
    """Remember that the password was right and a code is needed next. Nobody is signed in yet."""
    session[_HALF_WAY], session[_ONWARDS] = token, safe_path(onwards) or ""


def half_way() -> str:
    """The token of this browser's unfinished sign-in; empty where there is none."""
    return str(session.get(_HALF_WAY, ""))


def give_up_half_way() -> None:
    """Forget the unfinished sign-in: it has to start again."""
    session.pop(_HALF_WAY, None)


def onwards() -> str:
    """Where the person wanted to go when they began to sign in."""
    return str(session.get(_ONWARDS, ""))


def renew(token: str) -> None:
    """Give the same person in the same browser another token."""
    if me := present():
        login_user(replace(me, token=token))


def sign_out() -> None:
    """From now on nobody is signed in in this browser."""
    logout_user()
    session.clear()


def present() -> SignedIn | None:
    """Who is asking, or None."""
    someone = current_user._get_current_object()
    return someone if isinstance(someone, SignedIn) else None


def without_looking() -> None:
    """Answer this request as if nobody were signed in, unless the user was loaded already: the database cannot be
    asked."""
    if "_login_user" not in g:
        g._login_user = login.anonymous_user()
