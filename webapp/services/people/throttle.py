"""The throttle: how often a password may be tried, counted over all processes through one table."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_network
from math import ceil

from webapp.database import writing
from webapp.domain.refusal import Throttled
from webapp.extensions import db
from webapp.models import sign_in as rows

MOST = 10  # tries against one key
WINDOW = timedelta(minutes=5)


def count(*, keys: Sequence[str], now: datetime) -> list[int]:
    """Count one try against each key before it is made, so that many at once cannot slip through together.

    Returns the tries' ids, for whoever wants to take them back. Raises Throttled, having counted nothing.
    """
    since = now - WINDOW
    with writing(db.session) as session:
        rows.hold_tries(session)
        full = [
            tries[-1]
            for key in keys
            if len(tries := rows.latest_tries(session, key=key, since=since, most=MOST)) == MOST
        ]
        if full:
            raise _throttled(wait=max(full) + WINDOW - now)
        return rows.add_tries(session, keys=keys, now=now, since=since)


def account(username: str) -> str:
    """The key of an account, whether it exists or not."""
    return f"account:{username}"


def address(ip: str | None) -> str:
    """The key of an address; of IPv6 the network of one subscriber, or nobody would ever run out of addresses."""
    if ip is None or ":" not in ip:
        return f"address:{ip or 'unknown'}"
    try:
        return f"address:{ip_network(f'{ip}/64', strict=False)}"
    except ValueError:
        return "address:unknown"


def _throttled(*, wait: timedelta) -> Throttled:
    seconds = max(1, ceil(wait.total_seconds()))
    minutes = ceil(seconds / 60)
    unit = "a minute" if minutes == 1 else f"{minutes} minutes"
    return Throttled({"password": f"Too many tries. Please wait {unit}, then try again."}, retry_after=seconds)
