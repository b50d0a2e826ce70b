"""The throttle: how often a password may be guessed or a code be sent, counted over all processes through one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain import verification
from webapp.domain.refusal import Throttled
from webapp.extensions import db
from webapp.models import sign_in as rows
from webapp.tokens import Subscription

MOST = 10  # guesses per key
WINDOW = timedelta(minutes=5)
_TOO_MANY = "Too many tries."


@dataclass(frozen=True, slots=True)
class Limit:
    """At most this many tries per key in any ``window``."""

    most: int
    window: timedelta


GUESSES = (Limit(MOST, WINDOW),)  # of a password or a code
CODES = (  # codes to be sent; each costs money, and fraudsters earn it by having codes sent to numbers of their own
    Limit(1, verification.AGAIN_AFTER),
    Limit(verification.MOST_CODES, verification.CODES_WITHIN),
    Limit(verification.MOST_CODES_A_DAY, timedelta(days=1)),
)


def count(*, keys: Sequence[str], now: datetime, field: str = "password") -> list[int]:
    """Count one guess against each key, before it is made, so that concurrent guesses cannot slip through together.

    Returns the guesses' ids, by which they can be taken back. Raises Throttled naming ``field``, without counting.
    """
    return _count(keys, now, GUESSES, field, _TOO_MANY)


def count_code(*, phone: str, username: str, now: datetime) -> None:
    """Count one code before it is sent to this phone for this account. Raises Throttled, without counting."""
    _count([f"codes:{phone}", f"codes:{username}"], now, CODES, "code", "That was too soon after the last code.")


def _count(keys: Sequence[str], now: datetime, limits: Sequence[Limit], field: str, said: str) -> list[int]:
    with writing(db.session) as session:
        rows.hold_tries(session)
        waits = [wait for key in keys for limit in limits if (wait := _wait(session, key, limit, now))]
        if waits:
            raise throttled(field, wait=max(waits), said=said)
        return rows.add_tries(session, keys=keys, now=now, within=max(limit.window for limit in limits))


def _wait(session: Session, key: str, limit: Limit, now: datetime) -> timedelta | None:
    """How long until ``key`` may be tried again; None where it may be tried now."""
    tries = rows.latest_tries(session, key=key, now=now, within=limit.window, most=limit.most)
    return tries[-1] + limit.window - now if len(tries) == limit.most else None


def account(username: str) -> str:
    """The key of an account, whether it exists or not."""
    return f"account:{username}"


def link(of: Subscription) -> str:
    """The key of an unsubscribe link. Not of the client's address: the large mail services use the same ones for all of
    their readers."""
    return f"link:{of.username}:{of.channel}:{of.medium}"


def address(ip: str | None) -> str:
    """The key of an IP address. For IPv6 it is the subscriber's network, since everybody has plenty of addresses. An
    IPv4 address that came in on an IPv6 socket is the same as without."""
    try:
        known = ip_address(ip or "")
    except ValueError:
        return f"address:{'unknown' if not ip or ':' in ip else ip}"
    if isinstance(known, IPv6Address) and not known.ipv4_mapped:
        return f"address:{ip_network((known, 64), strict=False)}"
    return f"address:{getattr(known, 'ipv4_mapped', None) or known}"


def caller(ip: str | None) -> str:
    """The key of an address for API calls, apart from that for sign-ins: a program with an expired token must not lock
    out the people behind the same address."""
    return f"caller:{address(ip)}"


def throttled(field: str, *, wait: timedelta, said: str = _TOO_MANY) -> Throttled:
    """The refusal for somebody who has to wait."""
    seconds = max(1, ceil(wait.total_seconds()))
    return Throttled({field: f"{said} Please wait {_in_words(seconds)}, then try again."}, retry_after=seconds)


def _in_words(seconds: int) -> str:
    minutes, hours = ceil(seconds / 60), ceil(seconds / 3600)
    if hours > 1:
        return f"{hours} hours"
    if seconds <= verification.AGAIN_AFTER.total_seconds():
        return "a second" if seconds == 1 else f"{seconds} seconds"
    return "a minute" if minutes == 1 else f"{minutes} minutes"
