"""One's own states address: a poster's program that is told what becomes of their messages."""

from typing import Any

from flask import flash, make_response, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.forms.states import OwnForm, own_form
from webapp.runtime import runtime
from webapp.services.subscribers import own, subscriber_setup
from webapp.services.subscribers.checks import CheckFailed
from webapp.services.subscribers.subscriber_setup import SubscriberView
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._forms import show_problems
from webapp.views._versions import version_in

screen = Screen("states", __name__, role=Role.EDITOR)


@screen.get("/profile/states")
def index() -> Any:
    """How it stands, and the form."""
    mine = _mine()
    return _page(_form(mine), mine)


@screen.post("/profile/states")
def save() -> Any:
    """Save it after its check; a new one may be saved switched off, without a check. Its signing key is shown this
    once."""
    mine, form = _mine(), own_form(subscriber_setup.fields())()
    off = request.form.get("act") == "off"
    try:
        saved = own.save(
            username=current_user.username,
            raw=form.raw(),
            version=version_in(form) if mine else None,
            active=not off,
            waive=form.why.data or "",
            bench=runtime(),
        )
    except Refused as problem:
        return _refused(problem, form, mine)
    if saved.made:
        keys = [(one.label, saved.made[one.name]) for one in subscriber_setup.fields() if one.name in saved.made]
        return page("states/key.html", keys=keys, mine=saved.subscriber)
    flash(_("Saved."))
    return _back()


@screen.post("/profile/states/checks")
def check() -> Any:
    """Ask the address now."""
    found = own.test(username=current_user.username, bench=runtime())
    flash(_("The check passed.") if found.passed else _("The check failed: see what each step found."))
    return _back()


@screen.post("/profile/states/on")
def switch_on() -> Any:
    """Tell it from now on; checked first."""
    form = own_form(subscriber_setup.fields())()
    try:
        own.switch_on(username=current_user.username, why=form.why.data or "", bench=runtime())
    except CheckFailed as problem:
        mine = _mine()
        return _refused(problem, _form(mine), mine)
    flash(_("From now on it is told."))
    return _back()


@screen.get("/profile/states/removal")
def ask_to_remove() -> Any:
    """The page that asks whether to remove it."""
    mine = _mine()
    return page("states/remove.html", mine=mine) if mine else _back()


@screen.post("/profile/states/removal")
def remove() -> Any:
    """Tell it nothing more."""
    own.remove(username=current_user.username, now=runtime().now())
    flash(_("It is told nothing more."))
    return _back()


def _mine() -> SubscriberView | None:
    return own.get(username=current_user.username, vault=runtime().vault)


def _form(mine: SubscriberView | None) -> OwnForm:
    kept = {**mine.settings, "version": mine.version} if mine else {}
    return own_form(subscriber_setup.fields())(formdata=None, data=kept)


def _refused(problem: Refused, form: OwnForm, mine: SubscriberView | None) -> Any:
    """The form again, with everything that was typed."""
    show_problems(form, problem)
    found = problem.checked if isinstance(problem, CheckFailed) else None
    return make_response(_page(form, mine, checked=found), problem.status)


def _page(form: OwnForm, mine: SubscriberView | None, checked: Any = None) -> str:
    told = {"fields": subscriber_setup.fields(), "secrets": mine.secrets if mine else ()}
    return page("states/index.html", form=form, mine=mine, checked=checked, **told)


def _back() -> Any:
    return see_other(url_for("states.index"))
