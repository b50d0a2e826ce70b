"""The audit: does what the database says of the queue fit together? Changes made from outside do not.

Every state is rebuilt from the ledger, and the number of rows from what each message was counted for. It reads page by
page, each page in one snapshot, so that it can run beside everything else and takes little memory.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.orm import Session

from webapp.services.auditing import _cases, _fit, _fit_belonging, _fit_tries, _leftovers
from webapp.services.auditing._cases import snapshot

PAGE = 1000  # deliveries or messages in one transaction
BODIES = 100  # bodies in one transaction; a body may be long
MOST = 10_000  # misfits; nobody reads more of them one by one
RULES = (*_fit.RULES, *_fit_belonging.RULES, *_fit_tries.RULES)
_Found = Iterator["Misfit"]
_Now = Callable[[], datetime]
_WHOLE = (_leftovers.copies, _leftovers.keys, _leftovers.envelopes, _leftovers.attempts)


@dataclass(frozen=True, slots=True)
class Misfit:
    """One inconsistency: the id, the kind of thing (delivery, message, envelope …), and what is wrong."""

    id: str
    what: str
    kind: str = "delivery"


@dataclass(frozen=True, slots=True)
class Audited:
    """How much was checked, and the misfits, at most MOST."""

    deliveries: int
    messages: int
    misfits: tuple[Misfit, ...]


@dataclass(slots=True)
class _Seen:
    deliveries: int = 0
    messages: int = 0


def run(*, now: _Now, lease_s: float) -> Audited:
    """Check everything. ``lease_s`` is the length of a lease in seconds: no lease may end much later than that. ``now``
    is called for each page, since leases are renewed meanwhile."""
    seen = _Seen()
    misfits = tuple(islice(_look(now, timedelta(seconds=lease_s), seen), MOST))
    return Audited(seen.deliveries, seen.messages, misfits)


def check(*, now: datetime, lease_s: float = 60) -> list[Misfit]:
    """The misfits; empty where all is well."""
    return list(run(now=lambda: now, lease_s=lease_s).misfits)


def _look(now: _Now, lease: timedelta, seen: _Seen) -> _Found:
    yield from _deliveries(now, lease, seen)
    yield from _messages(seen)
    yield from _bodies()
    for rule in _WHOLE:
        with snapshot() as session:
            found = [Misfit(id_, what, kind) for kind, id_, what in rule(session, MOST)]
        yield from found


def _deliveries(now: _Now, lease: timedelta, seen: _Seen) -> _Found:
    with snapshot() as session:
        since = _cases.digests_since(session)
    after = ""
    while True:
        with snapshot() as session:
            ids = _cases.page(session, after, PAGE)
            terms = _cases.terms(session, now=now(), lease=lease, digests_since=since)
            found = list(_of_page(session, ids, terms)) if ids else []
        if not ids:
            return
        yield from found
        after, seen.deliveries = ids[-1], seen.deliveries + len(ids)


def _of_page(session: Session, ids: list[str], terms: _cases.Terms) -> _Found:
    for id_, case in _cases.cases(session, ids, terms):
        if isinstance(case, str):
            yield Misfit(id_, case)
        else:
            yield from (Misfit(id_, what) for rule in RULES for what in rule(case))


def _messages(seen: _Seen) -> _Found:
    after = ""
    while True:
        with snapshot() as session:
            ids = _leftovers.message_page(session, after, PAGE)
            found = [Misfit(id_, what, kind) for kind, id_, what in _leftovers.messages(session, ids)] if ids else []
        if not ids:
            return
        yield from found
        after, seen.messages = ids[-1], seen.messages + len(ids)


def _bodies() -> _Found:
    after = 0
    while True:
        with snapshot() as session:
            rows = _leftovers.body_page(session, after, BODIES)
            found = [Misfit(id_, what, kind) for kind, id_, what in _leftovers.bodies(session, rows)]
        if not rows:
            return
        yield from found
        after = rows[-1].id
