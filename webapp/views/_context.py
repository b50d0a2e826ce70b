"""What every template knows: the person, the menu, the look, addresses of static files, and how times are said."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_translations
from markupsafe import Markup

from webapp.domain.duration import spelled
from webapp.extensions import babel
from webapp.services.people.accounts import DEFAULT_LOCALE
from webapp.views import _moments, _telling
from webapp.views._identity import present
from webapp.views._menu import Menu, PhoneMenu

THEMES = ("auto", "light", "dark")


def install(app: Flask) -> None:
    """Give templates their names and filters. Macros are imported without a context, so ``asset`` is a global."""
    babel.init_app(app, default_locale=DEFAULT_LOCALE, locale_selector=_locale, timezone_selector=_zone)
    app.context_processor(known)
    app.jinja_env.globals.update(asset=asset, _=_translated)
    app.jinja_env.filters.update(
        datetime=_moments.exact,
        moment=_moments.moment,
        to_the_second=_moments.to_the_second,
        clock=_moments.clock,
        day=_moments.day,
        on_day=_moments.on_day,
        duration=_moments.duration,
        spelled=spelled,
        took=_moments.took,
        number=_moments.number,
        told=_telling.told,
        when=_telling.when,
        markdown=_telling.markdown,
        capped=_telling.capped,
        medium=_telling.medium,
    )


def known() -> dict[str, Any]:
    """What a template may use without being handed it."""
    person = present()
    return {
        "person": person,
        "menu": Menu(),
        "phone_menu": PhoneMenu(),
        "theme": theme(),
        "is_demo": bool(person and person.demo),
    }


def theme() -> str:
    """The look that this browser chose: auto, light or dark."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else "auto"


def asset(path: str) -> str:
    """The address of a static file, with its version: a browser may keep it for a year."""
    address = _address.__wrapped__ if current_app.debug else _address
    return address(request.script_root, path)


@lru_cache
def _address(_root: str, path: str) -> str:
    """``_root`` is where Belfry is mounted: it is a part of each address."""
    file = Path(current_app.static_folder or "") / path
    version = hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else None
    return url_for("static", filename=path, v=version)


def _translated(words: str, **values: Any) -> Markup:
    """As Jinja's own, but that the reader's language is found out once for all the words of a page."""
    if "translations" not in g:
        g.translations = get_translations()
    return Markup(g.translations.ugettext(words)) % values  # noqa: S704 - the words are a template's; values are escaped


def _locale() -> str | None:
    person = present()
    return person.locale if person else None


def _zone() -> str | None:
    person = present()
    return person.tz if person else None
