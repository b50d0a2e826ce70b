"""How the providers fare, as one sentence."""

import hashlib
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.domain.bounded import NOTHING, Bounded
from webapp.services.providers.provider_setup import Overview
from webapp.views._telling import capped, joined


def medium_word(medium: str) -> str:
    """The medium inside a sentence."""
    return {"email": _("e-mail"), "sms": _("SMS")}.get(medium, medium)


def fingerprint(view: Overview, now: datetime) -> str:
    """A hash that changes whenever anything on the page does, including the seconds of a pause or a rest."""
    ends = [at for provider in view.providers for at in (provider.paused_until, provider.rests_until)]
    left = [int((at - now).total_seconds()) for at in ends if at and at > now]
    return hashlib.sha256(repr((view, left)).encode()).hexdigest()[:16]


def verdict(view: Overview) -> tuple[str, str]:
    """A tone and the sentence: first what needs a person, then what is not proven yet, else that all is well."""
    active = [provider for provider in view.providers if provider.active]
    needy = [provider.name for provider in active if provider.needs or provider.paused or provider.failing]
    unproven = [provider.name for provider in active if provider.primary and not provider.proven]
    proven = [provider for provider in active if provider.proven]
    need = ngettext("1 provider needs you.", "%(num)s providers need you.", len(needy)) if needy else ""
    waiting = sum((provider.waiting + provider.retrying for provider in active), NOTHING)
    if view.missing:
        held = sum(view.missing.values(), NOTHING)
        return "brick", _sentences(_lacking(view), need, _waiting(held + waiting if needy else held))
    if needy:
        return "brass", _sentences(need, _waiting(waiting))
    if unproven:
        return "slate", ngettext(
            "%(names)s is active, and has not handed anything over yet.",
            "%(names)s are active, and have not handed anything over yet.",
            len(unproven),
            names=joined(unproven),
        )
    return "leaf", ngettext("Your active provider is proven.", "All %(num)s active providers are proven.", len(proven))


def _lacking(view: Overview) -> str:
    media = joined(medium_word(medium) for medium in view.missing)
    return _(
        "No active provider for %(media)s: it waits until there is one, and can be read in the inbox.", media=media
    )


def _sentences(*said: str) -> str:
    return " ".join(filter(None, said))


def _waiting(count: Bounded) -> str:
    if not count:
        return ""
    return ngettext("1 waits; nothing is lost.", "%(n)s wait; nothing is lost.", count.n, n=capped(count))
