"""Guarded sockets: which addresses a provider may dial, checked on the very address that is dialled, under one
deadline.

The table is Belfry's own, since ``ipaddress.is_private`` knows neither 100.64.0.0/10 nor the IPv6 addresses that carry
an IPv4 one inside. A name is looked up once, each of its addresses is checked, and only a checked address is dialled. A
name that resolves differently the next time therefore gains nothing (DNS rebinding).
"""

import socket
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from webapp.domain.envelope import ConfigurationFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.providers._base import Network


class Access(Enum):
    """Who may dial a network."""

    OPEN = "anybody"
    LISTED = "only if listed in BELFRY_ALLOWED_NETWORKS"
    NEVER = "nobody"


# The smallest network that contains an address decides; an address in no row is refused.
_TABLE = """
    OPEN    0.0.0.0/0           the Internet
    NEVER   0.0.0.0/8           this host
    LISTED  10.0.0.0/8          private
    LISTED  100.64.0.0/10       shared by a carrier
    NEVER   100.100.100.200/32  cloud metadata
    LISTED  127.0.0.0/8         loopback
    NEVER   168.63.129.16/32    cloud metadata
    NEVER   169.254.0.0/16      link-local
    LISTED  172.16.0.0/12       private
    LISTED  192.0.0.0/24        reserved
    NEVER   192.0.0.192/32      cloud metadata
    LISTED  192.0.2.0/24        documentation
    NEVER   192.88.99.0/24      a relay into IPv6
    LISTED  192.168.0.0/16      private
    LISTED  198.18.0.0/15       benchmarks
    LISTED  198.51.100.0/24     documentation
    LISTED  203.0.113.0/24      documentation
    NEVER   224.0.0.0/4         multicast
    NEVER   240.0.0.0/4         reserved
    OPEN    2000::/3            the Internet
    LISTED  ::1/128             loopback
    NEVER   2001::/32           an IPv4 address inside
    NEVER   2002::/16           an IPv4 address inside
    LISTED  2001:db8::/32       documentation
    LISTED  3fff::/20           documentation
    LISTED  fc00::/7            private
    NEVER   fd00:ec2::254/128   cloud metadata
    NEVER   fd20:ce::254/128    cloud metadata
    NEVER   ::/0                reserved, link-local, multicast, or an IPv4 address inside
"""


def _rows(table: str) -> list[tuple[Network, Access, str]]:
    split = [line.split(maxsplit=2) for line in table.strip().splitlines()]
    rows = [(ip_network(network), Access[access], what) for access, network, what in split]
    return sorted(rows, key=lambda row: row[0].prefixlen, reverse=True)


_ROWS = _rows(_TABLE)
_EVERYTHING: tuple[Network, ...] = (ip_network("0.0.0.0/0"), ip_network("::/0"))


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was checked and may be dialled. Only ``look_up`` makes them."""

    family: int
    address: Any  # what socket.connect takes for the family

    def __str__(self) -> str:
        return str(self.address[0])

    def within(self, networks: Iterable[Network]) -> bool:
        """Whether it lies in one of ``networks``."""
        return any(ip_address(self.address[0]) in network for network in networks)


class Deadline:
    """The moment at which a try ends, even if the far side keeps sending byte by byte."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._monotonic, self._end = monotonic, monotonic() + seconds

    def left(self, at_most: float) -> float:
        """Seconds for the next wait: what is left, at most ``at_most``. Raises TimeoutError where nothing is left."""
        left = self._end - self._monotonic()
        if left <= 0:
            raise TimeoutError("The time for one try was used up.")
        return min(left, at_most)


def look_up(host: str, port: int, *, allowed: Iterable[Network], wait: float) -> list[Target]:
    """The addresses of ``host`` that may be dialled, in the resolver's order. ``wait`` is in seconds.

    Raises TemporaryFailure(DNS), or ConfigurationFailure(BLOCKED_TARGET) where none of the addresses may be dialled:
    only an administrator can mend that, so it costs no recipient an attempt. Nothing is dialled to find out, so neither
    the words nor the time reveal whether a port over there is open.
    """
    found = _addresses(host, port, wait)
    allowed = tuple(allowed)
    refusals = [refusal(ip_address(address[0]), allowed) for _, address in found]
    if targets := [Target(*each) for each, refused in zip(found, refusals, strict=True) if refused is None]:
        return targets
    raise ConfigurationFailure(Reason.BLOCKED_TARGET, f"{host} may not be dialled: {refusals[0]}")


def allowed_words(host: str, targets: Iterable[Target]) -> str:
    """What a transcript says of a successful look-up. A host that was typed as an address is named once."""
    addresses = ", ".join(map(str, targets))
    return f"{addresses}: allowed" if addresses == host else f"{host} is {addresses}: allowed"


def refusal(address: IPv4Address | IPv6Address, allowed: Iterable[Network]) -> str | None:
    """Why ``address`` may not be dialled, as a sentence, or None where it may."""
    what, access = next(((what, access) for net, access, what in _ROWS if address in net), ("unknown", Access.NEVER))
    if access is Access.OPEN or (access is Access.LISTED and any(address in network for network in allowed)):
        return None
    cure = (
        "List its network in BELFRY_ALLOWED_NETWORKS if it is meant." if access is Access.LISTED else "Never allowed."
    )
    return f"{address} is not on the public Internet ({what}). {cure}"


def on_this_machine(host: str) -> bool:
    """Whether ``host`` is, by its spelling alone, this very machine."""
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def never_dialled(target: str) -> str | None:
    """Why a host or a URL can never be dialled, whatever BELFRY_ALLOWED_NETWORKS lists, as a sentence; otherwise None.
    Only literal addresses are judged, in any notation: what a name resolves to is known at the look-up, and may
    change."""
    try:
        host = unquote(urlsplit(target).hostname or "") if "://" in target else _without_port(target.strip())
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST) if host else ()
    except (OSError, ValueError):
        return None
    return next((why for *_, address in found if (why := refusal(ip_address(address[0]), _EVERYTHING))), None)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host


def connect(targets: Iterable[Target], *, deadline: Deadline, timeout: float) -> socket.socket:
    """A connection to the first of ``targets`` that answers. Raises TemporaryFailure for the last one's error."""
    failure = TemporaryFailure(Reason.DNS, "The name has no address.")
    for target in targets:
        try:
            return _dial(target, deadline.left(timeout))
        except TimeoutError:
            failure = TemporaryFailure(Reason.CONNECT_TIMEOUT, f"{target} did not answer in time.")
        except OSError as error:
            failure = TemporaryFailure(Reason.CONNECT_REFUSED, f"{target}: {error.strerror or error}")
    raise failure


def _dial(target: Target, timeout: float) -> socket.socket:
    dialled = socket.socket(target.family, socket.SOCK_STREAM)
    try:
        dialled.settimeout(timeout)
        dialled.connect(target.address)
        # TCP_NODELAY: otherwise the second of two small writes waits 40 ms for the first one's acknowledgement.
        dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        dialled.close()
        raise
    return dialled


def _addresses(host: str, port: int, wait: float) -> list[tuple[int, Any]]:
    try:
        found = _getaddrinfo(host, port, wait)
    except TimeoutError:
        raise TemporaryFailure(Reason.DNS, f"The look-up of {host} took too long.") from None
    except RuntimeError as error:  # the system has no thread left
        raise TemporaryFailure(Reason.DNS, f"{host} could not be looked up: {error}") from None
    except (OSError, ValueError) as error:  # ValueError: what is no host name at all
        words = error.strerror if isinstance(error, OSError) else "not a host name"
        raise TemporaryFailure(Reason.DNS, f"{host} could not be looked up: {words}") from None
    return [(family, address) for family, _, _, _, address in found]


def _getaddrinfo(host: str, port: int, wait: float) -> list[Any]:
    """``socket.getaddrinfo``, given up after ``wait`` seconds: the resolver has no timeout and can take a minute."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, ValueError):
        answer: Future[list[Any]] = Future()
        Thread(target=_ask_resolver, args=(answer, host, port), name="look-up", daemon=True).start()
        return answer.result(wait)


def _ask_resolver(answer: Future[list[Any]], host: str, port: int) -> None:
    try:
        answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except Exception as error:  # noqa: BLE001 - whatever it is belongs to the thread that waits
        answer.set_exception(error)
