"""Providers, for administrators: the accounts that notifications leave by."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import url_for

from webapp.api._door import Door, caller
from webapp.api._fields import called
from webapp.api._listing import page_by
from webapp.api._plugins import RekeyedSchema, made_told, places, typed, typed_over
from webapp.api._providers import (
    FALLBACK,
    ActivatedProviderSchema,
    FormerProviderKeyQuery,
    GoingQuery,
    GoneProviderSchema,
    NewProviderKeySchema,
    NewProviderSchema,
    NewTrialSchema,
    ProviderActivationSchema,
    ProviderChangeSchema,
    ProviderSchema,
    SavedProviderSchema,
    TrialSchema,
    told,
)
from webapp.api._schemas import PageQuery, page_of
from webapp.domain.field import Field, Value
from webapp.domain.refusal import Missing, Refused
from webapp.domain.scope import Scope
from webapp.runtime import runtime
from webapp.services.providers import keys, life_cycle, provider_setup, provider_trial
from webapp.services.providers.keys import Rekeyed
from webapp.services.providers.provider_setup import Kind, Saved

door = Door("providers", __name__, description="The accounts that notifications leave by.")


# --- set up -----------------------------------------------------------------------------------------------------------


@door.operation("GET", "/providers", scope=Scope.PROVIDERS_READ, query=PageQuery, gives=page_of(ProviderSchema))
def index(query: dict[str, Any]) -> Any:
    """The providers and how they fare, in the order of their names."""
    found = provider_setup.overview(vault=runtime().vault, now=runtime().now()).providers
    return page_by(found, query, name=lambda it: it.name, told=told)


@door.operation("GET", "/providers/<name>", scope=Scope.PROVIDERS_READ, gives=ProviderSchema)
def show(name: str) -> Any:
    """One provider."""
    return _told(name)


@door.operation(
    "POST", "/providers", scope=Scope.PROVIDERS_WRITE, body=NewProviderSchema, gives=SavedProviderSchema, status=201
)
def add(body: dict[str, Any]) -> Any:
    """Make a provider: inactive, unless it is to be activated. A key that Belfry makes for it is told by this answer
    alone."""
    kind, given = _kind(body["kind"]), body["settings"]
    medium = body.get("medium") or (kind.media[0] if len(kind.media) == 1 else "")
    with called(places(kind.fields, given)):
        saved = provider_setup.add(
            kind=kind.kind, name=body["name"], medium=medium, raw=typed(kind.fields, given),
            activate=body["activate"], keep_as_fallback=body["keep_former"], **_signed_with_vault(),
        )  # fmt: skip
    return _saved(saved), {"Location": url_for(".show", name=saved.provider.name)}


@door.operation(
    "PATCH", "/providers/<name>", scope=Scope.PROVIDERS_WRITE, body=ProviderChangeSchema, gives=SavedProviderSchema,
    refuses=[409],
)  # fmt: skip
def change(name: str, body: dict[str, Any]) -> Any:
    """Change settings; those that are not named stay as they are. Where somebody else was faster, nothing is
    written."""
    given, (fields, kept) = body["settings"], _as_it_is(name)
    with called(places(fields, given)):
        raw = typed_over(fields, kept, given)
        return _saved(provider_setup.edit(name=name, version=body["version"], raw=raw, **_signed_with_vault()))


@door.operation("DELETE", "/providers/<name>", scope=Scope.PROVIDERS_WRITE, query=GoingQuery, gives=GoneProviderSchema)
def remove(name: str, query: dict[str, Any]) -> Any:
    """Remove it, whatever its role, and forget its secrets."""
    return asdict(life_cycle.remove(name=name, **query, **_signed()))


# --- switched on and off ----------------------------------------------------------------------------------------------


@door.operation(
    "POST", "/providers/<name>/activation", scope=Scope.PROVIDERS_WRITE, body=ProviderActivationSchema,
    gives=ActivatedProviderSchema, refuses=[409],
)  # fmt: skip
def activate(name: str, body: dict[str, Any]) -> Any:
    """Send its medium by it from now on, instead of by the one that was primary; or let it take over while that one is
    paused. What was held goes out."""
    if body["role"] == FALLBACK:
        made = life_cycle.add_fallback(name=name, why=body["why"], **_signed_with_vault())
    else:
        made = life_cycle.activate(
            name=name, keep_as_fallback=body["keep_former"], why=body["why"], **_signed_with_vault()
        )
    came = {part: getattr(made, part) for part in ("former", "former_role", "released")}
    return {"provider": _told(name), **came}


@door.operation(
    "DELETE", "/providers/<name>/activation", scope=Scope.PROVIDERS_WRITE, query=GoingQuery, gives=GoneProviderSchema,
    refuses=[409],
)  # fmt: skip
def deactivate(name: str, query: dict[str, Any]) -> Any:
    """Send nothing further by it; what is in flight finishes."""
    return asdict(life_cycle.deactivate(name=name, **query, **_signed()))


# --- tried out --------------------------------------------------------------------------------------------------------


@door.operation("POST", "/providers/<name>/trials", scope=Scope.PROVIDERS_WRITE, body=NewTrialSchema, gives=TrialSchema)
def try_out(name: str, body: dict[str, Any]) -> Any:
    """Send a test as it is saved, or as an edit with these settings would save it. Takes 20 s at most, and says nothing
    about its health."""
    given = body.get("settings")
    asked = {"name": name, "to": body["to"], "by": caller().person.username, "bench": runtime()}
    if given is None:
        return provider_trial.try_out(**asked)
    fields, kept = _as_it_is(name)
    with called(places(fields, given)):
        return provider_trial.try_out(raw=typed_over(fields, kept, given), **asked)


# --- keys -------------------------------------------------------------------------------------------------------------


@door.operation(
    "POST", "/providers/<name>/keys", scope=Scope.PROVIDERS_WRITE, body=NewProviderKeySchema, gives=RekeyedSchema,
    refuses=[409],
)  # fmt: skip
def rotate(name: str, body: dict[str, Any]) -> Any:
    """Make another key of those that Belfry makes, such as one that signs; it is told by this answer alone."""
    return _rekeyed(keys.rotate(name=name, **body, **_signed_with_vault()))


@door.operation(
    "DELETE", "/providers/<name>/keys/former", scope=Scope.PROVIDERS_WRITE, query=FormerProviderKeyQuery,
    gives=ProviderSchema, refuses=[409],
)  # fmt: skip
def drop_former(name: str, query: dict[str, Any]) -> Any:
    """Let only the new key count."""
    keys.drop_former(name=name, **query, **_signed_with_vault())
    return _told(name)


# --- what they share --------------------------------------------------------------------------------------------------


def _told(name: str) -> dict[str, Any]:
    return told(provider_setup.get(name=name, now=runtime().now(), vault=runtime().vault, counted=True))


def _saved(saved: Saved) -> dict[str, Any]:
    return {**_told(saved.provider.name), "made": made_told(saved.made)}


def _rekeyed(made: Rekeyed) -> dict[str, Any]:
    return {"name": made.key.name, "value": made.value, "version": made.provider.version}


def _kind(kind: str) -> Kind:
    """The kind of a new provider. Raises Refused."""
    try:
        return provider_setup.kind_named(kind=kind)
    except Missing as missing:
        raise Refused(missing.problems) from None


def _as_it_is(name: str) -> tuple[tuple[Field, ...], Mapping[str, Value]]:
    """A provider's Fields and its saved settings. Raises Missing."""
    view = provider_setup.get(name=name, now=runtime().now(), vault=runtime().vault)
    return provider_setup.kind_named(kind=view.kind).fields, view.settings


def _signed() -> dict[str, Any]:
    return {"by": caller().person.username, "now": runtime().now()}


def _signed_with_vault() -> dict[str, Any]:
    return {**_signed(), "vault": runtime().vault}
