"""What all responses have in common: security headers, the host names that are answered, the proxies in front."""

from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from webapp.config import Settings
from webapp.problems import for_a_program
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
_UNKEPT = {**_HEADERS, "Cache-Control": "no-store"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Rule(Rule):
    """Werkzeug's Rule, with the code that builds its address compiled at the first use: a start needs none of several
    hundred."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = super()._compile_builder

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            made = compiled(append_unknown).__get__(rule)
            setattr(rule, "_build_unknown" if append_unknown else "_build", made)
            return made(**values)

        return build


class Application(Flask):
    """Flask, without some work that it would repeat for each request, or compile in vain."""

    url_rule_class = _Rule

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.session_interface = _Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None of Belfry's functions is a coroutine; Flask would check about a dozen per request."""
        return func


class _Sessions(SecureCookieSessionInterface):
    """Flask's, with one signer for all cookies, since the key does not change while the application runs. The API
    neither reads nor sets session cookies."""

    _made: URLSafeTimedSerializer | None = None

    def open_session(self, app: Flask, request: Request) -> Any:
        """The session in the request's cookie; for the API an empty one that cannot be stored."""
        return self.make_null_session(app) if for_a_program() else super().open_session(app, request)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookies and verifies their signatures."""
        self._made = self._made or super().get_signing_serializer(app)
        return self._made


def guard(app: Flask) -> None:
    """Set what applies to every response, errors and static files included."""
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
    """The host names that Belfry answers to. Any other Host header gets 400, so that no link can be made to point
    elsewhere."""
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
    """In place of Flask's TRUSTED_HOSTS, which cannot contain an IPv6 address."""
    if urlsplit(f"//{request.host}").hostname not in ours:
        raise SecurityError


def _refuse_nul() -> None:
    """None of our addresses contains a NUL, and PostgreSQL cannot even search for one."""
    if b"%00" in request.query_string or "\x00" in request.path:
        abort(400)


def _protect(response: Response) -> Response:
    """Add the security headers that the response does not set itself."""
    headers, kept = response.headers, request.endpoint == "static"
    said = {name.lower() for name, _ in headers}
    for name, value in (_HEADERS if kept else _UNKEPT).items():
        if name.lower() not in said:
            headers.add(name, value)
    if not kept:
        response.vary.add("HX-Request")
    return response
