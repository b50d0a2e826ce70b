"""Providers: the accounts that notifications leave by, for administrators."""

from typing import Any

from flask import Response, flash, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.domain.guide import Guide
from webapp.domain.refusal import Conflict, Refused
from webapp.domain.role import Role
from webapp.forms.providers import ProviderForm, TrialForm, edit_form, new_form
from webapp.runtime import runtime
from webapp.services.providers import provider_setup, provider_trial
from webapp.services.providers.outbox import has_outbox
from webapp.services.providers.provider_setup import Kind, ProviderView
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Place, Screen
from webapp.views._forms import show_problems
from webapp.views._provider_words import fingerprint, medium_word, verdict
from webapp.views._versions import version_in

screen = Screen("providers", __name__, role=Role.ADMIN, place=Place("Providers", "plug", 2, 20, key="g p"))


# --- the list -----------------------------------------------------------------------------------------------------


@screen.get("/providers")
def index() -> Any:
    """All of them, and in one line how they fare; 204 where nothing has changed since ``version``."""
    view = provider_setup.overview(vault=runtime().vault)
    version = fingerprint(view)
    if request.args.get("version") == version:
        return Response(status=204)
    told = {"view": view, "verdict": verdict(view), "version": version, "kinds": provider_setup.kinds()}
    return page("providers/index.html", "list", **told, has_outbox=has_outbox, medium_word=medium_word)


# --- a new one ----------------------------------------------------------------------------------------------------


@screen.get("/providers/new")
def choose() -> Any:
    """Which kind?"""
    return page("providers/choose.html", kinds=provider_setup.kinds(), medium_word=medium_word)


@screen.get("/providers/new/<kind>")
def new(kind: str) -> Any:
    """The form that its kind's Fields draw."""
    told = provider_setup.kind_named(kind=kind)
    return _page(new_form(told.fields, told.media)(data={"to": current_user.email}), told)


@screen.post("/providers/new/<kind>")
def add(kind: str) -> Any:
    """Save it, active or not; or only try it out."""
    told = provider_setup.kind_named(kind=kind)
    form = new_form(told.fields, told.media)()
    given = {"kind": kind, "medium": form["medium"].data or "", "raw": form.raw()}
    try:
        if _asks("test"):
            return _page(form, told, trial=provider_trial.try_new(**given, **_to(form)))
        made = provider_setup.add(name=form["name"].data or "", activate=_asks("activate"), **given, **_by())
    except Refused as problem:
        return _not_saved(problem, form, told)
    return _saved(made)


# --- one that there is --------------------------------------------------------------------------------------------


@screen.get("/providers/<name>")
def edit(name: str) -> Any:
    """The form as it was saved, without its secrets."""
    provider, kind = _known(name)
    values = {**provider.settings, "version": provider.version, "to": _own_address(provider)}
    return _page(edit_form(kind.fields)(data=values), kind, provider)


@screen.post("/providers/<name>")
def change(name: str) -> Any:
    """Save it, perhaps activating it; or only try out what was typed."""
    provider, kind = _known(name)
    form = edit_form(kind.fields)()
    given = {"name": name, "raw": form.raw()}
    try:
        if _asks("test"):
            return _page(form, kind, provider, trial=provider_trial.try_out(**given, **_to(form)))
        made = provider_setup.edit(version=version_in(form), activate=_asks("activate"), **given, **_by())
    except Conflict as conflict:
        return _changed_meanwhile(conflict, form, name)
    except Refused as problem:
        return _not_saved(problem, form, kind, provider)
    return _saved(made)


@screen.get("/providers/<name>/test")
def ask_for_test(name: str) -> Any:
    """Where shall the test go?"""
    provider = _provider(name)
    form = TrialForm(data={"to": _own_address(provider)})
    return page("providers/test.html", form=form, provider=provider, guide=_guide(provider))


@screen.post("/providers/<name>/test")
def test(name: str) -> Any:
    """Send it, and tell every step."""
    provider, form = _provider(name), TrialForm()
    told = {"form": form, "provider": provider, "guide": _guide(provider)}
    try:
        trial = provider_trial.try_out(name=name, **_to(form))
    except Refused as problem:
        show_problems(form, problem)
        return make_response(page("providers/test.html", "trial", **told), problem.status)
    return page("providers/test.html", "trial", **told, trial=trial)


@screen.post("/providers/<name>/activation")
def activate(name: str) -> Any:
    """Send by it from now on."""
    made = provider_setup.activate(name=name, **_by())
    words = [_("%(name)s is active: %(medium)s is sent by it.", name=name, medium=medium_word(made.provider.medium))]
    if made.former:
        words.append(_("%(former)s is inactive now.", former=made.former))
    if made.released:
        words.append(ngettext("1 that waited goes out.", "%(num)s that waited go out.", made.released))
    flash(" ".join(words))
    return see_other(url_for("providers.index"))


@screen.get("/providers/<name>/deactivation")
def ask_to_deactivate(name: str) -> Any:
    """Say first what would follow."""
    provider = _provider(name)
    if not provider.active:
        return see_other(url_for("providers.index"))
    return page("providers/deactivate.html", provider=provider, medium=medium_word(provider.medium))


@screen.post("/providers/<name>/deactivation")
def deactivate(name: str) -> Any:
    """Send nothing further by it."""
    made = provider_setup.deactivate(name=name, **_by())
    medium = medium_word(made.medium)
    flash(_("%(name)s is inactive: what is to go by %(medium)s waits.", name=name, medium=medium), "warning")
    return see_other(url_for("providers.index"))


@screen.get("/providers/<name>/removal")
def ask_to_remove(name: str) -> Any:
    """Say first what would follow."""
    provider = _provider(name)
    return page("providers/remove.html", provider=provider, medium=medium_word(provider.medium))


@screen.post("/providers/<name>/removal")
def remove(name: str) -> Any:
    """Remove it for good."""
    provider_setup.remove(name=name, by=current_user.username, now=runtime().now())
    flash(_("%(name)s is removed.", name=name))
    return see_other(url_for("providers.index"))


# --- what they share ----------------------------------------------------------------------------------------------


def _page(form: ProviderForm, kind: Kind, provider: ProviderView | None = None, **more: Any) -> str:
    """The form; for the button that tries it out only what came of that."""
    secrets = provider.secrets if provider else ()
    return page("providers/edit.html", "trial", form=form, kind=kind, provider=provider, secrets=secrets, **more)


def _not_saved(problem: Refused, form: ProviderForm, kind: Kind, provider: ProviderView | None = None) -> Response:
    show_problems(form, problem)
    return make_response(_page(form, kind, provider), problem.status)


def _changed_meanwhile(conflict: Conflict, form: ProviderForm, name: str) -> Response:
    """409: what was typed, beside what is saved now; saving once more replaces that knowingly."""
    provider, kind = _known(name)
    form.version.data = str(provider.version)
    return make_response(_page(form, kind, provider, conflict=conflict.problems["version"]), conflict.status)


def _saved(made: ProviderView) -> Response:
    if made.active:
        flash(_("%(name)s is saved and active.", name=made.name))
    else:
        flash(_("%(name)s is saved. It is inactive: nothing is sent by it until you activate it.", name=made.name))
    return see_other(url_for("providers.index"))


def _known(name: str) -> tuple[ProviderView, Kind]:
    provider = _provider(name)
    return provider, provider_setup.kind_named(kind=provider.kind)


def _provider(name: str) -> ProviderView:
    return provider_setup.get(name=name, vault=runtime().vault)


def _guide(provider: ProviderView) -> Guide | None:
    """What its kind tells; nothing where the kind is not installed any more, which a test then says."""
    return next((kind.guide for kind in provider_setup.kinds() if kind.kind == provider.kind), None)


def _asks(act: str) -> bool:
    return request.form.get("act") == act


def _to(form: Any) -> dict[str, Any]:
    return {"to": form.to.data or "", "by": current_user.username, "bench": runtime()}


def _by() -> dict[str, Any]:
    here = runtime()
    return {"by": current_user.username, "now": here.now(), "vault": here.vault}


def _own_address(provider: ProviderView) -> str:
    return (current_user.phone if provider.medium == "sms" else current_user.email) or ""
