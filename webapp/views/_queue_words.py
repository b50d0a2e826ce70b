"""How the queue fares, in one sentence; and the evidence that an empty list is right."""

import hashlib
from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.domain.bounded import Bounded
from webapp.services.queue.failed import Proof
from webapp.services.queue.queue import Tab
from webapp.views._telling import capped, joined, when


def verdict(counts: Mapping[Tab, Bounded]) -> tuple[str, str]:
    """A tone and the sentence: first what needs a person, then what only needs patience."""
    needy = [words for tab in (Tab.UNDELIVERABLE, Tab.UNKNOWN) if (words := _needs(tab, counts[tab]))]
    patient = [words for tab in (Tab.RETRYING, Tab.HELD) if (words := _waits(tab, counts[tab]))]
    if needy:
        return "brick", _("%(what)s. Every inbox has its copy.", what=joined(needy))
    if patient:
        return "brass", _("Nothing has failed for good: %(what)s.", what=joined(patient))
    return "leaf", _("Nothing needs you.")


def proven(proof: Proof) -> str:
    """Why an empty list can be believed."""
    words = [
        _("Last handed over: %(at)s.", at=when(proof.success_at)) if proof.success_at else _("Nothing was sent yet."),
        _("The resender last ran: %(at)s.", at=when(proof.resender_at))
        if proof.resender_at
        else _("The resender has not run yet."),
    ]
    return " ".join(words)


def fingerprint(*shown: object) -> str:
    """A hash that changes whenever anything shown does."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _needs(tab: Tab, count: Bounded) -> str:
    if not count:
        return ""
    if tab is Tab.UNKNOWN:
        return ngettext("1 may have arrived or not", "%(n)s may have arrived or not", count.n, n=capped(count))
    return ngettext("1 cannot be delivered", "%(n)s cannot be delivered", count.n, n=capped(count))


def _waits(tab: Tab, count: Bounded) -> str:
    if not count:
        return ""
    if tab is Tab.HELD:
        return ngettext("1 waits for its way out", "%(n)s wait for their way out", count.n, n=capped(count))
    return ngettext("1 is tried again by itself", "%(n)s are tried again by themselves", count.n, n=capped(count))
