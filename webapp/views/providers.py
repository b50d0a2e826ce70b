"""Providers: the accounts that notifications leave by, for administrators. How they fare, and their settings."""

from typing import Any

from flask import Response, flash, make_response, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.guide import Preset
from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.domain.role import Role
from webapp.forms.providers import ProviderForm, edit_form, new_form
from webapp.runtime import runtime
from webapp.services.providers import history, life_cycle, provider_setup, provider_trial, tested
from webapp.services.providers.outbox import has_outbox
from webapp.services.providers.provider_setup import Kind, ProviderView, Saved
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Place, Screen
from webapp.views._forms import show_problems
from webapp.views._provider_words import fingerprint, medium_word, verdict
from webapp.views._providers import asks, fresh_keys, named, own_address, signed_with_vault, tabs
from webapp.views._versions import version_in

screen = Screen("providers", __name__, role=Role.ADMIN, place=Place("Providers", "plug", 2, 20, key="g p"))


# --- the list -----------------------------------------------------------------------------------------------------


@screen.get("/providers")
def index() -> Any:
    """All of them, and in one line how they fare; 204 where nothing has changed since ``version``."""
    now = runtime().now()
    view = provider_setup.overview(vault=runtime().vault, now=now)
    version = fingerprint(view, now)
    if request.args.get("version") == version:
        return Response(status=204)
    told = {"view": view, "verdict": verdict(view), "version": version, "now": now, "kinds": provider_setup.kinds()}
    return page("providers/index.html", "list", **told, has_outbox=has_outbox, medium_word=medium_word)


# --- a new one ----------------------------------------------------------------------------------------------------


@screen.get("/providers/new")
def choose() -> Any:
    """Which kind?"""
    return page("providers/choose.html", kinds=provider_setup.kinds(), medium_word=medium_word)


@screen.get("/providers/new/<kind>")
def new(kind: str) -> Any:
    """The form made from the kind's Fields, filled in from a preset where one is chosen."""
    told = provider_setup.kind_named(kind=kind)
    preset = _preset(told)
    given = {**(preset.values if preset else {}), "to": own_address(told.media[0])}
    return _page(new_form(told.fields, told.media)(data=given), told, preset=preset)


@screen.post("/providers/new/<kind>")
def add(kind: str) -> Any:
    """Save it, active or not; or only try it out."""
    told = provider_setup.kind_named(kind=kind)
    form = new_form(told.fields, told.media)()
    given = {"kind": kind, "medium": form["medium"].data or "", "raw": form.raw()}
    try:
        if asks("test"):
            return _page(form, told, preset=_preset(told), trial=provider_trial.try_new(**given, **_to(form)))
        rival, named_so = _rival(given["medium"]), form["name"].data or ""
        saved = provider_setup.add(name=named_so, activate=_at_once(rival), **given, **signed_with_vault())
    except Refused as problem:
        return _not_saved(problem, form, told)
    return _saved(saved, told, rival)


# --- one that there is --------------------------------------------------------------------------------------------


@screen.get("/providers/<name>")
def edit(name: str) -> Any:
    """The form with the saved values, without secrets; there is none for a kind that is no longer installed."""
    provider = named(name)
    try:
        kind = provider_setup.kind_named(kind=provider.kind)
    except Missing:
        return page("providers/unknown.html", provider=provider, tabs=tabs(provider), now=runtime().now())
    values = {**provider.settings, "version": provider.version, "to": own_address(provider.medium)}
    return _page(edit_form(kind.fields)(data=values), kind, provider)


@screen.post("/providers/<name>")
def change(name: str) -> Any:
    """Save it, perhaps activating it; or only try out what was typed."""
    provider, kind = _known(name)
    form = edit_form(kind.fields)()
    given = {"name": name, "raw": form.raw()}
    try:
        if asks("test"):
            return _page(form, kind, provider, trial=provider_trial.try_out(**given, **_to(form)))
        rival = None if provider.active else _rival(provider.medium)
        saved = provider_setup.edit(version=version_in(form), activate=_at_once(rival), **given, **signed_with_vault())
    except Conflict as conflict:
        return _changed_meanwhile(conflict, form, name)
    except Refused as problem:
        return _not_saved(problem, form, kind, provider)
    return _saved(saved, kind, rival)


# --- what they share ----------------------------------------------------------------------------------------------


def _page(form: ProviderForm, kind: Kind, provider: ProviderView | None = None, **more: Any) -> str:
    """The form; for the test button only the test's result."""
    told: dict[str, Any] = {"secrets": provider.secrets if provider else ()}
    if provider:
        told |= {"tests": tested.last(name=provider.name), "tabs": tabs(provider), "now": runtime().now()}
        told["culprit"] = provider_trial.culprit(kind=kind.kind, reason=provider.paused) if provider.paused else None
    return page("providers/edit.html", "trial", form=form, kind=kind, provider=provider, **told, **more)


def _preset(kind: Kind) -> Preset | None:
    """The one that the address names."""
    return next((preset for preset in kind.presets if preset.name == request.args.get("preset")), None)


def _not_saved(problem: Refused, form: ProviderForm, kind: Kind, provider: ProviderView | None = None) -> Response:
    show_problems(form, problem)
    return make_response(_page(form, kind, provider, preset=_preset(kind)), problem.status)


def _changed_meanwhile(conflict: Conflict, form: ProviderForm, name: str) -> Response:
    """409: what was typed, next to what others have changed; saving again overwrites that knowingly."""
    provider, kind = _known(name)
    others = history.since(name=name, version=version_in(form))
    form.version.data = str(provider.version)
    return make_response(
        _page(form, kind, provider, conflict=conflict.problems["version"], others=others), conflict.status
    )


def _saved(saved: Saved, kind: Kind, rival: str | None) -> Any:
    """Redirect to a key that is shown this once, to the question about the present primary, or to the list."""
    name, after = saved.provider.name, url_for("providers.index")
    words = _("%(name)s is saved. It is inactive: nothing is sent by it until you activate it.", name=name)
    if saved.provider.active:
        words = _("%(name)s is saved and active.", name=name)
    elif rival:
        words = _("%(name)s is saved, and inactive so far.", name=name)
        after = url_for("provider_roles.ask_to_activate", name=name)
    if saved.made:
        return page(
            "providers/key.html", provider=saved.provider, keys=fresh_keys(kind.fields, saved.made), after=after
        )
    flash(words)
    return see_other(after)


def _known(name: str) -> tuple[ProviderView, Kind]:
    provider = named(name)
    return provider, provider_setup.kind_named(kind=provider.kind)


def _rival(medium: str) -> str | None:
    """The present primary, which this one would replace."""
    return life_cycle.primary_of(medium=medium) if asks("activate") else None


def _at_once(rival: str | None) -> bool:
    """Whether to activate it without asking: there is no primary to replace."""
    return asks("activate") and rival is None


def _to(form: Any) -> dict[str, Any]:
    return {"to": form.to.data or "", "by": current_user.username, "bench": runtime()}
