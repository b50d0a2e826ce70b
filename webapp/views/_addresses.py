"""Where a ``next`` may lead: to a page of Belfry, and nowhere else."""

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from flask import request, url_for

LONGEST = 2000  # characters
_ANY = "any-id"
# A browser reads "//host" and "/\host" as another host, and drops line breaks and tabs before it looks.
_SAFE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def safe_path(address: str | None) -> str | None:
    """The address where it is a path within Belfry, else None."""
    return address if address and len(address) <= LONGEST and _SAFE.fullmatch(address) else None


def of_each(endpoint: str) -> Callable[[str], str]:
    """The addresses of many things of one kind, by their ids: to have each looked up takes a list twice as long."""
    before, after = url_for(endpoint, id=_ANY).split(_ANY)
    return lambda id: f"{before}{quote(id)}{after}"


def path_of_page() -> str | None:
    """The page that the person has before them, to lead back to: this one, or the one that sent this request."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return safe_path(request.full_path if request.query_string else request.path)
    parts = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    if parts.netloc != request.host:
        return None
    return safe_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)
