"""What every template knows: the person, the menu, the theme, addresses of static files, and formats of times."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request, url_for
from markupsafe import Markup

from webapp.domain.duration import spelled
from webapp.extensions import babel
from webapp.services.people.accounts import DEFAULT_LOCALE
from webapp.views import _moments, _telling, _words
from webapp.views._addresses import address, path_of_page
from webapp.views._identity import present
from webapp.views._menu import Menu

THEMES = ("auto", "light", "dark")


def install(app: Flask) -> None:
    """Register names and filters for templates. Macros are imported without a context, so ``asset`` is a global."""
    babel.init_app(app, default_locale=DEFAULT_LOCALE, locale_selector=_locale, timezone_selector=_zone)
    _words.install(app)
    app.context_processor(known)
    app.jinja_env.globals.update(
        asset=fresh_asset if app.debug else asset, drawn_icon=fresh_icon if app.debug else icon, url_for=address
    )
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
    """The names that a template may use without being passed them."""
    person = present()
    return {
        "person": person,
        "menu": Menu(),
        "theme": theme(),
        "is_demo": bool(person and person.demo),
        "path_of_page": path_of_page,
    }


def theme() -> str:
    """The look that this browser chose: auto, light or dark."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else "auto"


def asset(path: str) -> str:
    """The address of a static file, with its version, so that browsers may cache it for a year. Memoised, since a page
    has dozens."""
    return _remembered(path, request.script_root)


@lru_cache(maxsize=1024)
def _remembered(path: str, _root: str) -> str:
    """Addresses begin with the request's ``_root``, so it is a part of the cache key."""
    return fresh_asset(path)


def fresh_asset(path: str) -> str:
    """The same without the cache, for a file that may just have been changed."""
    file = Path(current_app.static_folder or "") / path
    version = hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else None
    return url_for("static", filename=path, v=version)


def icon(name: str) -> Markup:
    """An icon from the sprite, to stand beside a word; memoised as ``asset`` is."""
    return _drawn(name, request.script_root)


@lru_cache(maxsize=1024)
def _drawn(name: str, _root: str) -> Markup:
    return fresh_icon(name)


def fresh_icon(name: str) -> Markup:
    """The same without the cache, for a sprite that may just have been rebuilt."""
    drawing = Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>')
    return drawing.format(fresh_asset("vendor/bootstrap-icons.svg"), name)


def _locale() -> str | None:
    person = present()
    return person.locale if person else None


def _zone() -> str | None:
    person = present()
    return person.tz if person else None
