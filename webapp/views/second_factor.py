"""One's own second factor: turned on and off, and the recovery codes, which are shown once."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, make_response, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.refusal import Conflict, Refused
from webapp.domain.role import Role
from webapp.forms.codes import PresentPasswordForm
from webapp.runtime import runtime
from webapp.services.people import second_factor
from webapp.services.people.second_factor import Changed
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._forms import refuse_form
from webapp.views._identity import renew

screen = Screen("second_factor", __name__, role=Role.EDITOR)


@screen.get("/profile/second-factor")
def index() -> Any:
    """Whether it is on, and what can be done about that."""
    return _page(PresentPasswordForm())


@screen.post("/profile/second-factor/on")
def turn_on() -> Any:
    """Turn it on, and show the recovery codes."""
    return _change(second_factor.turn_on, _show_codes)


@screen.post("/profile/second-factor/recovery-codes")
def renew_codes() -> Any:
    """Replace the recovery codes and show the new ones."""
    return _change(second_factor.renew_codes, _show_codes)


@screen.post("/profile/second-factor/off")
def turn_off() -> Any:
    """Turn it off."""
    return _change(second_factor.turn_off, _say_off)


def _change(change: Callable[..., Changed], then: Callable[[Changed], Any]) -> Any:
    """The common part of the three: check the present password, and renew this browser's session."""
    form = PresentPasswordForm()
    if not form.validate():
        return _page(form, 422)
    try:
        changed = change(username=current_user.username, password=form.current.data or "", now=runtime().now())
    except Conflict as conflict:
        flash(" ".join(conflict.problems.values()), "brass")
        return see_other(url_for("profile.index"))
    except Refused as refused:
        return refuse_form(form, refused, lambda: _page(form))
    renew(changed.token)
    return then(changed)


def _show_codes(changed: Changed) -> str:
    """In the answer itself: a redirect would have to store the codes."""
    return page("profile/recovery_codes.html", codes=changed.codes)


def _say_off(_changed: Changed) -> Response:
    flash(_("The second factor is off, and you are signed out everywhere else."))
    return see_other(url_for("profile.index"))


def _page(form: PresentPasswordForm, status: int = 200) -> Response:
    left = second_factor.codes_left(username=current_user.username)
    return make_response(page("profile/second_factor.html", form=form, codes_left=left), status)
