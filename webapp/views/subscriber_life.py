"""A subscriber checked, switched on and off, or removed. What offers a choice, or cannot be undone, asks first."""

from typing import Any

from flask import flash, make_response, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.forms.subscribers import SwitchForm
from webapp.services.subscribers import checks, life
from webapp.services.subscribers.checks import CheckFailed
from webapp.services.subscribers.subscriber_setup import SubscriberView
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._forms import refuse_form, show_problems
from webapp.views._subscribers import at_bench, named, signed, tabs
from webapp.views._telling import capped

screen = Screen("subscriber_life", __name__, role=Role.ADMIN)


@screen.post("/subscribers/<name>/checks")
def check(name: str) -> Any:
    """Ask its endpoint now, as it is saved, and show what came of it."""
    _one, found = checks.check(name=name, **at_bench())
    flash(_("The check passed.") if found.passed else _("The check failed: see what each step found."))
    return see_other(f"{url_for('subscribers.show', name=name)}#check")


# --- on and off -----------------------------------------------------------------------------------------------------


@screen.get("/subscribers/<name>/on")
def ask_to_switch_on(name: str) -> Any:
    """The page that says what would be sent."""
    return _ask_to_switch_on(named(name, counted=True), SwitchForm())


@screen.post("/subscribers/<name>/on")
def switch_on(name: str) -> Any:
    """Send its deliveries from now on; its endpoint is checked first where it was not, or has failed since."""
    form = SwitchForm()
    try:
        made = life.switch_on(name=name, why=form.why.data or "", **at_bench())
    except Refused as problem:
        if "why" not in problem.problems:
            raise
        show_problems(form, problem)
        found = problem.checked if isinstance(problem, CheckFailed) else None
        return make_response(_ask_to_switch_on(named(name, counted=True), form, found), problem.status)
    words = [_("%(name)s is switched on.", name=name)]
    if made.released:
        words.append(ngettext("1 that waited goes out.", "%(num)s that waited go out.", made.released))
    flash(" ".join(words))
    return _to(name)


@screen.get("/subscribers/<name>/off")
def ask_to_switch_off(name: str) -> Any:
    """Ask what shall become of the deliveries that wait."""
    return _ask_to_switch_off(named(name, counted=True), SwitchForm())


@screen.post("/subscribers/<name>/off")
def switch_off(name: str) -> Any:
    """Send nothing further to it."""
    form = SwitchForm()
    try:
        gone = life.switch_off(name=name, then=form.then.data or "hold", why=form.why.data or "", **signed())
    except Refused as problem:
        return refuse_form(form, problem, lambda: make_response(_ask_to_switch_off(named(name, counted=True), form)))
    words = [_("%(name)s is switched off.", name=name)]
    if gone.cancelled:
        words.append(ngettext("1 that waited is cancelled.", "%(num)s that waited are cancelled.", gone.cancelled))
    flash(" ".join(words))
    return _to(name)


# --- removed ----------------------------------------------------------------------------------------------------------


@screen.get("/subscribers/<name>/removal")
def ask_to_remove(name: str) -> Any:
    """The page that asks whether to remove it."""
    return _ask_to_remove(named(name, counted=True), SwitchForm())


@screen.post("/subscribers/<name>/removal")
def remove(name: str) -> Any:
    """Remove it, and cancel what waits for it."""
    form = SwitchForm()
    try:
        life.remove(name=name, why=form.why.data or "", **signed())
    except Refused as problem:
        return refuse_form(form, problem, lambda: make_response(_ask_to_remove(named(name, counted=True), form)))
    flash(_("%(name)s is removed.", name=name))
    return see_other(url_for("subscribers.index"))


# --- what they share --------------------------------------------------------------------------------------------------


def _ask_to_switch_on(one: SubscriberView, form: SwitchForm, checked: Any = None) -> str:
    return page("subscribers/on.html", subscriber=one, form=form, checked=checked, tabs=tabs(one))


def _ask_to_switch_off(one: SubscriberView, form: SwitchForm) -> str:
    cancel = ngettext(
        "Cancel the one that waits, for good.", "Cancel the %(n)s that wait, for good.", one.left.n, n=capped(one.left)
    )
    ways = [("hold", _("Hold it until it is switched on again; each expires in its time."))]
    form.offer([*ways, ("cancel", cancel)] if one.left else ways)
    return page("subscribers/off.html", subscriber=one, form=form)


def _ask_to_remove(one: SubscriberView, form: SwitchForm) -> str:
    return page("subscribers/remove.html", subscriber=one, form=form)


def _to(name: str) -> Any:
    return see_other(url_for("subscribers.show", name=name))
