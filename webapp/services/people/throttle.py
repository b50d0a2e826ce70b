"""The throttle: how often a password may be tried or a code be sent, counted over all processes through one table."""

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

MOST = 10  # guesses against one key
WINDOW = timedelta(minutes=5)
_TOO_MANY = "Too many tries."


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many tries against one key in any ``window``."""

    most: int
    window: timedelta


GUESSES = (Limit(MOST, WINDOW),)  # of a password or a code
CODES = (  # to be sent; each costs money, which those live on who have them sent to numbers of their own
    Limit(1, verification.AGAIN_AFTER),
    Limit(verification.MOST_CODES, verification.CODES_WITHIN),
    Limit(verification.MOST_CODES_A_DAY, timedelta(days=1)),
)


def count(*, keys: Sequence[str], now: datetime, field: str = "password") -> list[int]:
    """Count one guess against each key before it is made, so that many at once cannot slip through together.

    Returns the guesses' ids, for whoever wants to take them back. Raises Throttled that names ``field``, having counted
    nothing.
    """
    return _count(keys, now, GUESSES, field, _TOO_MANY)


def count_code(*, phone: str, username: str, now: datetime) -> None:
    """Count one code before it is sent to this phone for this account. Raises Throttled, having counted nothing."""
    _count([f"codes:{phone}", f"codes:{username}"], now, CODES, "code", "That was too soon after the last code.")


def _count(keys: Sequence[str], now: datetime, limits: Sequence[Limit], field: str, said: str) -> list[int]:
    with writing(db.session) as session:
        rows.hold_tries(session)
        waits = [wait for key in keys for limit in limits if (wait := _wait(session, key, limit, now))]
        if waits:
            raise throttled(field, wait=max(waits), said=said)
        return rows.add_tries(session, keys=keys, now=now, within=max(limit.window for limit in limits))


def _wait(session: Session, key: str, limit: Limit, now: datetime) -> timedelta | None:
    """How long until ``key`` may be tried again; None where it may be now."""
    tries = rows.latest_tries(session, key=key, now=now, within=limit.window, most=limit.most)
    return tries[-1] + limit.window - now if len(tries) == limit.most else None


def account(username: str) -> str:
    """The key of an account, whether it exists or not."""
    return f"account:{username}"


def link(of: Subscription) -> str:
    """The key of the link by which somebody turns a channel off. Not of the address that it is used from: the large
    mail services use it for all of their readers."""
    return f"link:{of.username}:{of.channel}:{of.medium}"


def address(ip: str | None) -> str:
    """The key of an address; of IPv6 the network of one subscriber, or nobody would ever run out of addresses. One of
    IPv4 is one also where it comes to a socket of IPv6."""
    try:
        known = ip_address(ip or "")
    except ValueError:
        return f"address:{'unknown' if not ip or ':' in ip else ip}"
    if isinstance(known, IPv6Address) and not known.ipv4_mapped:
        return f"address:{ip_network((known, 64), strict=False)}"
    return f"address:{getattr(known, 'ipv4_mapped', None) or known}"


def caller(ip: str | None) -> str:
    """The key of an address from which the API is called: a program whose token has expired must not keep the people
    beside it from signing in."""
    return f"caller:{address(ip)}"


def throttled(field: str, *, wait: timedelta, said: str = _TOO_MANY) -> Throttled:
    """How whoever has to wait is told so."""
    seconds = max(1, ceil(wait.total_seconds()))
    return Throttled({field: f"{said} Please wait {_in_words(seconds)}, then try again."}, retry_after=seconds)


def _in_words(seconds: int) -> str:
    minutes, hours = ceil(seconds / 60), ceil(seconds / 3600)
    if hours > 1:
        return f"{hours} hours"
    if seconds <= verification.AGAIN_AFTER.total_seconds():
        return "a second" if seconds == 1 else f"{seconds} seconds"
    return "a minute" if minutes == 1 else f"{minutes} minutes"
