"""Addresses: fast links for pages, and the safe targets of a ``next``: pages of Belfry only."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app, request, url_for

LONGEST = 2000  # characters
_ANY = "1234567890"  # a placeholder that fits any parameter, also a number
_written_as_it_is = re.compile(r"[\w.~-]+", re.ASCII).fullmatch  # needs no escaping, neither in a path nor in a query
# A browser reads "//host" and "/\host" as another host, and drops line breaks and tabs before it looks.
_SAFE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def safe_path(address: str | None) -> str | None:
    """The address if it is a path within Belfry that answers a GET, else None."""
    if not address or len(address) > LONGEST or not _SAFE.fullmatch(address):
        return None
    return address if _may_be_looked_at(address) else None


def _may_be_looked_at(address: str) -> bool:
    """Whether the address answers a GET. One that only takes posts does not: it may show a refused form, which cannot
    be fetched again."""
    adapter = current_app.create_url_adapter(request)
    path = unquote(urlsplit(address).path).removeprefix(request.script_root)
    methods = adapter.allowed_methods(path) if adapter else ()
    return not methods or "GET" in methods


def address(endpoint: str, /, **values: Any) -> str:
    """A cached ``url_for`` for the many links of a page: the parts before and after a value are computed once per
    process."""
    if len(values) > 1 or endpoint[0] == ".":  # relative to the current blueprint
        return url_for(endpoint, **values)
    if not values:
        return _around(endpoint, None, request.script_root)[0]
    [(name, value)] = values.items()
    if type(value) is not str or name[0] == "_" or not _written_as_it_is(value):
        return url_for(endpoint, **values)
    before, after = _around(endpoint, name, request.script_root)
    return f"{before}{value}{after}"


@lru_cache(maxsize=1024)
def _around(endpoint: str, name: str | None, _root: str) -> tuple[str, str]:
    """Addresses begin with the request's ``_root``, so it is a part of the cache key."""
    values: dict[str, Any] = {name: _ANY} if name else {}
    before, _, after = url_for(endpoint, **values).partition(_ANY)
    return before, after


def path_of_page() -> str | None:
    """The page that the person sees, to lead back to: this one, or the one that sent this request."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return safe_path(request.full_path if request.query_string else request.path)
    try:
        parts = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    except ValueError:  # the header is the client's, and may be no address at all
        return None
    if parts.netloc != request.host:
        return None
    return safe_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)
