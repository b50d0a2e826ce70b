"""What the screens of providers share: the one that an address names, who acts, and where its pages are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.field import Field
from webapp.runtime import runtime
from webapp.services.providers import keys, provider_setup
from webapp.services.providers.outbox import has_outbox
from webapp.services.providers.provider_setup import ProviderView


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a provider."""

    label: str
    url: str
    active: bool


def named(name: str) -> ProviderView:
    """The provider that an address names. Raises Missing."""
    return provider_setup.get(name=name, now=runtime().now(), vault=runtime().vault)


def signed() -> dict[str, Any]:
    """Who acts and when, as arguments for a service."""
    return {"by": current_user.username, "now": runtime().now()}


def signed_with_vault() -> dict[str, Any]:
    """The same with the vault, for services that handle secrets."""
    return {**signed(), "vault": runtime().vault}


def asks(act: str) -> bool:
    """Whether the button of this name was pressed."""
    return request.form.get("act") == act


def own_address(medium: str) -> str:
    """The viewer's own address on the medium, for a test."""
    return (current_user.phone if medium == "sms" else current_user.email) or ""


def fresh_keys(fields: Iterable[Field], made: Mapping[str, str]) -> list[tuple[str, str]]:
    """Keys that Belfry made just now, by their labels."""
    return [(field.label, made[field.name]) for field in fields if field.name in made]


def tabs(provider: ProviderView) -> list[Tab]:
    """The tabs of a provider's pages."""
    pages = [(_("Settings"), "providers.edit"), (_("Test"), "provider_trial.ask")]
    if keys.provider_keys(provider):
        pages.append((_("Keys"), "provider_keys.index"))
    pages.append((_("History"), "provider_history.index"))
    if has_outbox(kind=provider.kind):
        pages.append((_("Mailbox"), "outbox.index"))
    places = [(label, url_for(endpoint, name=provider.name)) for label, endpoint in pages]
    asked = f"{request.script_root}{request.path}"  # not by endpoint: a refused form is answered by the one posted to
    return [Tab(label, url, url == asked) for label, url in places]
