"""Addresses that Belfry must not dial, in every notation."""

import socket
from collections.abc import Callable
from itertools import cycle
from typing import Any

# Never allowed, whatever the settings.
NEVER = (
    # this host, link-local, cloud metadata, relays, multicast, reserved
    "0.0.0.0", "0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "169.254.170.2", "100.100.100.200", "168.63.129.16",
    "192.0.0.192", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    # the same in decimal, octal, hexadecimal, and short form
    "2852039166", "0251.0376.0251.0376", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "169.254.43518", "169.16689662",
    "0000000000251.254.169.254", "0x0", "00", "0.0", "0xe0000001", "4294967295",
    # IPv6, and IPv4 inside of it
    "::", "::2", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1",
    "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "100::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe", "2002:7f00:1::", "2002:a9fe:a9fe::1", "fe80::1", "fe80::1%lo", "febf::1",
    "fec0::1", "ff02::1", "ff0e::1", "fd00:ec2::254", "fd20:ce::254", "5f00::1",
    "0:0:0:0:0:ffff:7f00:0001", "0000:0000:0000:0000:0000:ffff:127.0.0.1",
)  # fmt: skip
# Allowed only where an administrator has listed the network.
LISTED = (
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1",
    "017700000001", "0177.0.0.1", "0x7F.0x0.0x0.0x1", "00000177.0.0.1", "10.0.0.1", "10.1", "0xa000001",
    "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.168.257", "3232235777", "100.64.0.1", "100.127.255.254",
    "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "::1", "0:0:0:0:0:0:0:1",
    "2001:db8::1", "3fff::1", "fc00::1", "fd12:3456::1",
    # in Unicode characters that mean digits and dots
    "１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1",
)  # fmt: skip
# What a name resolves to, each time it is looked up.
NAMES = {
    "localhost": ["127.0.0.1"],
    "LOCALHOST": ["127.0.0.1"],
    "localhost.": ["127.0.0.1"],
    "ip6-localhost": ["::1"],
    "loopback.example.com": ["127.0.0.1"],
    "both.example.com": ["10.0.0.1", "::1"],
    "metadata.example.com": ["169.254.169.254"],
    "metadata6.example.com": ["fd00:ec2::254"],
    "mapped.example.com": ["::ffff:127.0.0.1"],
    "nat64.example.com": ["64:ff9b::7f00:1"],
    "private.example.com": ["192.168.1.1"],
    "carrier.example.com": ["100.64.0.1"],
    "any.example.com": ["0.0.0.0"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
}
# Not hosts at all.
NONSENSE = (
    "127.0.0.1.",
    "169.254.169.254.",
    "[::1]",
    "127.0.0.1%lo",
    "::1%lo",
    "1.2.3.4.5",
    "0x",
    "%31%32%37.0.0.1",
    "a" * 300,
)
REBINDING = "rebinding.example.com"  # resolves to a public address and to loopback, in turns
PUBLIC = "93.184.216.34"

Ask = Callable[..., list[Any]]


def resolver() -> Ask:
    """Replaces the system's resolver: knows the names above, and parses numeric addresses as the system does."""
    real, turns = socket.getaddrinfo, cycle([PUBLIC, "127.0.0.1"])

    def ask(host: str, port: Any, *args: Any, **more: Any) -> list[Any]:
        if host != REBINDING and host not in NAMES:
            return real(host, port, *args, **more | {"flags": socket.AI_NUMERICHOST})
        if more.get("flags", 0) & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "not a number")
        addresses = [next(turns)] if host == REBINDING else NAMES[host]
        return [found for each in addresses for found in real(each, port, type=socket.SOCK_STREAM)]

    return ask
