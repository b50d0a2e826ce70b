"""Providers' roles: made primary or fallback, made inactive, or removed. Acts with a choice ask first."""

from typing import Any

from flask import Response, flash, make_response, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.forms.provider_roles import RoleForm
from webapp.services.providers import life_cycle
from webapp.services.providers.life_cycle import Activated, Gone
from webapp.services.providers.provider_setup import ProviderView
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._forms import show_problems
from webapp.views._provider_ways import fates, ways_in
from webapp.views._provider_words import medium_word
from webapp.views._providers import named, signed, signed_with_vault

screen = Screen("provider_roles", __name__, role=Role.ADMIN)


# --- coming -------------------------------------------------------------------------------------------------------


@screen.get("/providers/<name>/activation")
def ask_to_activate(name: str) -> Any:
    """Ask what shall become of the present primary."""
    provider = named(name)
    if provider.primary:
        return _to_list()
    return _ask_to_activate(provider, RoleForm())


@screen.post("/providers/<name>/activation")
def activate(name: str) -> Any:
    """Make it the primary, or a fallback."""
    provider, form = named(name), RoleForm()
    given = {"name": name, "why": form.why.data or "", **signed_with_vault()}
    try:
        if form.how.data == "fallback":
            made = life_cycle.add_fallback(**given)
        else:
            made = life_cycle.activate(**given, keep_as_fallback=form.how.data == "keep")
    except Refused as problem:
        if "why" not in problem.problems:
            raise
        show_problems(form, problem)
        return make_response(_ask_to_activate(provider, form), problem.status)
    flash(" ".join(_activated(made)))
    return _to_list()


@screen.post("/providers/<name>/place")
def move_up(name: str) -> Any:
    """One place further to the front among the fallbacks."""
    life_cycle.move_up(name=name, **signed())
    flash(_("%(name)s is fallback %(n)s now.", name=name, n=named(name).position))
    return _to_list()


def _ask_to_activate(provider: ProviderView, form: RoleForm) -> str:
    rival, medium = life_cycle.primary_of(medium=provider.medium), medium_word(provider.medium)
    form.offer(ways_in(provider, rival), label=_("How?"))
    return page("providers/activate.html", provider=provider, form=form, rival=rival, medium=medium)


def _activated(made: Activated) -> list[str]:
    """What happened, in sentences."""
    name, medium = made.provider.name, medium_word(made.provider.medium)
    if made.provider.primary:
        words = [_("%(name)s is active: %(medium)s is sent by it.", name=name, medium=medium)]
    else:
        words = [_("%(name)s is a fallback: it sends while the primary is paused.", name=name)]
    if made.former_role == "fallback":
        words.append(_("%(former)s is its first fallback now.", former=made.former))
    elif made.former:
        words.append(_("%(former)s is inactive now.", former=made.former))
    if made.released:
        words.append(ngettext("1 that waited goes out.", "%(num)s that waited go out.", made.released))
    return words


# --- going --------------------------------------------------------------------------------------------------------


@screen.get("/providers/<name>/deactivation")
def ask_to_deactivate(name: str) -> Any:
    """Say first what would follow."""
    provider = named(name)
    if not provider.active:
        return _to_list()
    return _ask_to_leave("providers/deactivate.html", provider, RoleForm())


@screen.post("/providers/<name>/deactivation")
def deactivate(name: str) -> Any:
    """Send nothing further by it."""
    provider, form = named(name), RoleForm()
    try:
        gone = life_cycle.deactivate(name=name, then=form.how.data or "hold", why=form.why.data or "", **signed())
    except Refused as problem:
        return _not_left("providers/deactivate.html", provider, form, problem)
    flash(_gone(_("%(name)s is inactive.", name=name), provider, gone), "warning")
    return _to_list()


@screen.get("/providers/<name>/removal")
def ask_to_remove(name: str) -> Any:
    """Say first what would follow."""
    return _ask_to_leave("providers/remove.html", named(name), RoleForm())


@screen.post("/providers/<name>/removal")
def remove(name: str) -> Any:
    """Remove it for good."""
    provider, form = named(name), RoleForm()
    try:
        gone = life_cycle.remove(name=name, then=form.how.data or "hold", why=form.why.data or "", **signed())
    except Refused as problem:
        return _not_left("providers/remove.html", provider, form, problem)
    flash(_gone(_("%(name)s is removed.", name=name), provider, gone))
    return _to_list()


def _ask_to_leave(template: str, provider: ProviderView, form: RoleForm) -> str:
    behind, medium = life_cycle.behind(name=provider.name), medium_word(provider.medium)
    form.offer(fates(behind), label=_("What waits, and what is posted from now on?"))
    return page(template, provider=provider, form=form, behind=behind, medium=medium)


def _not_left(template: str, provider: ProviderView, form: RoleForm, problem: Refused) -> Response:
    """Show a problem at its field; that it is inactive already has a page of its own."""
    if not problem.problems.keys() <= {"why", "then"}:
        raise problem
    fields = {"then": "how", "why": "why"}
    show_problems(form, Refused({fields[field]: words for field, words in problem.problems.items()}))
    return make_response(_ask_to_leave(template, provider, form), problem.status)


def _gone(first: str, provider: ProviderView, gone: Gone) -> str:
    """What happened, in sentences."""
    medium = medium_word(gone.medium)
    if gone.successor:
        return f"{first} " + _("%(medium)s is sent by %(name)s now.", medium=_capital(medium), name=gone.successor)
    if gone.cancelled:
        return f"{first} " + ngettext("1 delivery is cancelled.", "%(num)s deliveries are cancelled.", gone.cancelled)
    if provider.primary:
        return f"{first} " + _("What is to go by %(medium)s waits.", medium=medium)
    return first


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _to_list() -> Response:
    return see_other(url_for("providers.index"))
