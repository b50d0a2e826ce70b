"""A form that was sent after the session of its page had ended. Nothing of it is done, and what was typed is kept: on
a page that shows it all, to be sent once more by hand."""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, make_response, request, url_for
from flask_babel import gettext as _

from webapp.extensions import login
from webapp.forms.secrets import TYPED
from webapp.services.providers import provider_setup
from webapp.services.subscribers import subscriber_setup
from webapp.views._addresses import path_of_page
from webapp.views._answers import message, page, wants_piece
from webapp.views._blueprint import Screen
from webapp.views._identity import ask_to_sign_in, present


def install() -> None:
    """Tell Flask-Login what to answer those who have to sign in first."""
    login.unauthorized_handler(_not_signed_in)


def kept() -> Response | None:
    """The page; for htmx a message. None where nothing was typed, or where it may be what another site has sent."""
    if wants_piece():
        return _message()
    typed = _typed()
    if not typed or not _from_here():
        return None
    secrets = _secrets()
    told = {
        "fields": [(name, value) for name, value in typed if name not in secrets],
        "secrets": list(dict.fromkeys(name for name, _value in typed if name in secrets)),
        "may_go_on": present() is not None or _is_for_everybody(),
    }
    return make_response(page("errors/stale_form.html", **told, words=_words), 422)


def _not_signed_in() -> Any:
    return (kept() if request.method == "POST" else None) or ask_to_sign_in()


def _message() -> Response:
    """Whoever is typing goes on typing: the way leads through another tab."""
    if present():
        said = _("You have signed in anew since this page was opened. Nothing was saved.")
        more = _("What you send from here is shown to you once more first.")
        way = path_of_page() or "/", _("Open this page in a new tab")
        return message(f"{said} {more}", 400, way=way)
    said = _("You are not signed in any more. Nothing was saved; what you type stays here.")
    return message(said, 400, way=(url_for("login.index"), _("Sign in in a new tab")))


def _typed() -> list[tuple[str, str]]:
    """What the form says, with the button that was pressed, and without the token."""
    return [(name, value) for name, value in request.form.items(multi=True) if not name.endswith("csrf_token")]


def _from_here() -> bool:
    """Whether a page of ours has sent it, as browsers say: another site's must not come one press away from done."""
    if site := request.headers.get("Sec-Fetch-Site"):  # not said where a page came without TLS
        return site == "same-origin"
    try:
        return urlsplit(request.headers.get("Origin", "")).netloc == request.host
    except ValueError:  # anybody may send what is no address
        return False


def _is_for_everybody() -> bool:
    screen = current_app.blueprints.get(request.blueprint or "")
    return isinstance(screen, Screen) and screen.role is None


def _secrets() -> frozenset[str]:
    """The names of fields whose values are in no page, whatever form they are on."""
    kinds = provider_setup.kinds()
    fields = (*subscriber_setup.fields(), *(field for kind in kinds for field in kind.fields))
    return TYPED | {field.name for field in fields if field.secret}


def _words(name: str) -> str:
    """A field's name, to be read."""
    return name.replace("_", " ").replace("-", " ").strip().capitalize()
