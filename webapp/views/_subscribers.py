"""What the screens of subscribers share: the one that an address names, who acts, its pages, and how it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.runtime import runtime
from webapp.services.subscribers import subscriber_setup
from webapp.services.subscribers.subscriber_setup import SubscriberView
from webapp.views._telling import joined


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a subscriber."""

    label: str
    url: str
    active: bool


@dataclass(frozen=True, slots=True)
class Stands:
    """How a subscriber stands: a tone, a word, and what a person has to know of it."""

    tone: str
    word: str
    icon: str = ""
    sentence: str = ""


def named(name: str, *, counted: bool = False) -> SubscriberView:
    """The subscriber that an address names. Raises Missing."""
    return subscriber_setup.get(name=name, vault=runtime().vault, counted=counted)


def signed() -> dict[str, Any]:
    """Who acts and when, as arguments for a service."""
    return {"by": current_user.username, "now": runtime().now()}


def at_bench() -> dict[str, Any]:
    """Who acts, as arguments for a service that may call an endpoint."""
    return {"by": current_user.username, "bench": runtime()}


def fresh_keys(made: Mapping[str, str]) -> list[tuple[str, str]]:
    """Keys that Belfry made just now, by their labels."""
    return [(field.label, made[field.name]) for field in subscriber_setup.fields() if field.name in made]


def tabs(subscriber: SubscriberView) -> list[Tab]:
    """The tabs of its pages."""
    pages = [(_("How it fares"), "subscribers.show"), (_("Settings"), "subscriber_setup.edit")]
    pages.append((_("Signing key"), "subscriber_keys.index"))
    places = [(label, url_for(endpoint, name=subscriber.name)) for label, endpoint in pages]
    asked = f"{request.script_root}{request.path}"  # not by endpoint: a refused form is answered by the one posted to
    return [Tab(label, url, url == asked) for label, url in places]


def stands(one: SubscriberView) -> Stands:
    """In one pill and a sentence."""
    if one.needs:
        return Stands("brick", _("Needs you"), sentence=one.needs)
    if not one.active:
        return _off(one)
    if one.failing:
        return Stands("brass", _("Failing"), "exclamation-lg", _("Tried again by itself; nothing is lost so far."))
    if one.last_success_at:
        return Stands("leaf", _("On, proven"))
    return Stands("leaf", _("On"), "circle")


def _off(one: SubscriberView) -> Stands:
    if one.off_why == "gone":
        words = _("Its endpoint said that it is gone (410). What is for it waits.")
        return Stands("brick", _("Off: gone"), sentence=words)
    if one.off_why == "failing":
        words = _("Nothing but failures for five days. What is for it waits.")
        return Stands("brick", _("Off: failing"), sentence=words)
    words = _("Switched off by %(who)s. What is for it waits.", who=one.off_by) if one.off_by else ""
    return Stands("slate", _("Off"), "pause-fill", words)


def verdict(all: Iterable[SubscriberView]) -> tuple[str, str]:
    """A tone and a sentence about all of them; those that need a person come first."""
    everyone = list(all)
    needy = [one.name for one in everyone if one.needs or (not one.active and one.off_why != "person")]
    failing = [one.name for one in everyone if one.active and one.failing and not one.needs]
    if needy:
        words = ngettext("%(names)s needs you.", "%(names)s need you.", len(needy), names=joined(needy))
        return "brick", words
    if failing:
        words = ngettext(
            "%(names)s does not answer as it should: what is for it is tried again by itself.",
            "%(names)s do not answer as they should: what is for them is tried again by itself.",
            len(failing),
            names=joined(failing),
        )
        return "brass", words
    on = sum(one.active for one in everyone)
    if not on:
        return "slate", _("All are switched off: what is for them waits.")
    return "leaf", ngettext("%(num)s subscriber is told.", "All %(num)s subscribers are told.", on)
