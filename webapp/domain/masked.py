"""Addresses shown to people who need not know them: enough to recognise one's own."""


def masked(address: str) -> str:
    """``emil@example.com`` → ``e…@example.com``; ``+4915112345678`` → ``+49…78``."""
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[:1]}…@{domain}"
    return f"{address[:3]}…{address[-2:]}" if len(address) > 6 else "…"
