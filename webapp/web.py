"""What every answer has in common: the headers that keep a browser safe, the host it is for, the proxies in front."""

from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.config import Settings
from webapp.runtime import runtime

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def guard(app: Flask) -> None:
    """Set what holds for every answer, errors and static files included."""
    with app.app_context():
        settings = runtime().settings
    secure = urlsplit(settings.public_url).scheme == "https"
    app.config.update(
        SESSION_COOKIE_NAME="__Host-belfry" if secure else "belfry",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch still works
        SEND_FILE_MAX_AGE_DEFAULT=31536000,  # every address of a static file carries its version
    )
    app.before_request(partial(_refuse_other_hosts, _hosts(settings)))
    app.before_request(_refuse_nul)
    app.after_request(_protect)
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)


def _hosts(settings: Settings) -> frozenset[str]:
    """The names Belfry answers to. Any other Host header gets 400, so that no link can be made to point elsewhere."""
    public = urlsplit(settings.public_url).hostname
    here = is_loopback(settings.host) or (is_everywhere(settings.host) and not public)
    loopback = _LOOPBACK if here else ()
    names = filter(None, (public, settings.host.lower(), *loopback))
    return frozenset(name if name.isascii() else name.encode("idna").decode() for name in names)


def is_loopback(host: str | None) -> bool:
    """Whether ``host`` names this machine only."""
    try:
        return host == "localhost" or ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


def is_everywhere(host: str) -> bool:
    """Whether listening on ``host`` means listening on every address of this machine."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _refuse_other_hosts(ours: frozenset[str]) -> None:
    """Instead of Flask's TRUSTED_HOSTS, which can name no IPv6 address."""
    if urlsplit(f"//{request.host}").hostname not in ours:
        raise SecurityError


def _refuse_nul() -> None:
    """No address of ours has a NUL in it, and PostgreSQL cannot even look for one."""
    if b"%00" in request.query_string or "\x00" in request.path:
        abort(400)


def _protect(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.add("HX-Request")
    return response
