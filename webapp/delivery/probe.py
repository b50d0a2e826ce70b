"""Probes: one envelope at a time that is let through to a provider while it is paused."""

from dataclasses import replace
from datetime import datetime

from webapp.delivery.layout import limits
from webapp.delivery.load import facts
from webapp.delivery.lot import Account, Loaded, Ready
from webapp.domain.decision import as_record, decide


def can_be_probe(ready: Ready, account: Account) -> bool:
    """Whether that provider can carry this envelope, which may have been made for another one."""
    made_for_it = ready.account == account
    return made_for_it or limits(account).carries(ready.envelope.text, ready.envelope.html)


def as_probe(ready: Ready, account: Account, *, lease_until: datetime, now: datetime) -> Ready:
    """The same envelope through that provider; the records of the decision say that it is the one that sends."""
    members = [_by(member, account, now) for member in ready.members]
    return replace(ready, members=members, account=account, probe=True, lease_until=lease_until)


def _by(member: Loaded, account: Account, now: datetime) -> Loaded:
    moved = replace(member, account=account, stands_in_for=None)
    known = facts(moved, now)
    return replace(moved, decided=as_record(known, decide(known)))
