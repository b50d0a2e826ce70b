"""What happened to a provider: who changed what, when and why; no secret in it."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _

from webapp.domain.role import Role
from webapp.services.providers import history
from webapp.services.providers.history import Event
from webapp.views._answers import page
from webapp.views._blueprint import Screen
from webapp.views._providers import named, tabs

screen = Screen("provider_history", __name__, role=Role.ADMIN)


@screen.get("/providers/<name>/history")
def index(name: str) -> Any:
    """A page of it, the newest first."""
    provider = named(name)
    before = request.args.get("before", "")
    asked = int(before) if before.isascii() and before.isdecimal() and len(before) < 18 else None
    past = history.listed(name=name, before=asked)
    return page(
        "providers/history.html",
        provider=provider,
        tabs=tabs(provider),
        past=past,
        before=asked,
        happened=_happened,
    )


def _happened(event: Event) -> str:
    """What happened, as the head of a line."""
    words = {
        "provider added": _("Added"),
        "provider changed": _("Settings changed"),
        "provider activated": _("Made primary"),
        "provider made fallback": _("Made a fallback"),
        "provider deactivated": _("Made inactive"),
        "provider moved up": _("Moved up among the fallbacks"),
        "provider moved": _("Moved among the fallbacks"),
        "provider key replaced": _("Key replaced"),
        "provider key dropped": _("Former key dropped"),
    }
    return ", ".join(filter(None, (words.get(event.what, event.what), _beside(event.told))))


def _beside(told: Mapping[str, Any]) -> str:
    """What followed for another provider, or for deliveries that waited."""
    if former := told.get("instead of"):
        return _("instead of %(name)s", name=former)
    if successor := told.get("for"):
        return _("since %(name)s is primary now", name=successor)
    fates = {"move": _("what waited moved to the fallback"), "cancel": _("what waited was cancelled")}
    return fates.get(told.get("then", ""), "")
