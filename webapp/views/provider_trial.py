"""A test of a provider as it is saved: one real message, and every step of it told."""

from typing import Any

from flask import make_response
from flask_login import current_user

from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.forms.providers import TrialForm
from webapp.runtime import runtime
from webapp.services.providers import provider_setup, provider_trial, tested
from webapp.services.providers.provider_setup import ProviderView
from webapp.views._answers import page
from webapp.views._blueprint import Screen
from webapp.views._forms import show_problems
from webapp.views._providers import named, own_address, tabs

screen = Screen("provider_trial", __name__, role=Role.ADMIN)


@screen.get("/providers/<name>/test")
def ask(name: str) -> Any:
    """Where shall the test go?"""
    provider = named(name)
    form = TrialForm(data={"to": own_address(provider.medium)})
    return page("providers/test.html", **_told(provider), form=form)


@screen.post("/providers/<name>/test")
def send(name: str) -> Any:
    """Send it, and tell every step."""
    provider, form = named(name), TrialForm()
    try:
        trial = provider_trial.try_out(name=name, to=form.to.data or "", by=current_user.username, bench=runtime())
    except Refused as problem:
        show_problems(form, problem)
        return make_response(page("providers/test.html", "trial", **_told(provider), form=form), problem.status)
    return page("providers/test.html", "trial", **_told(provider), form=form, trial=trial)


def _told(provider: ProviderView) -> dict[str, Any]:
    """The page's data. Without its installed kind a provider has no guide; the test then says so."""
    guide = next((kind.guide for kind in provider_setup.kinds() if kind.kind == provider.kind), None)
    return {"provider": provider, "guide": guide, "tabs": tabs(provider), "tests": tested.last(name=provider.name)}
