"""The sentences of pages in the reader's language; each translation is looked up once per process."""

from functools import lru_cache
from typing import Any

from flask import Flask
from markupsafe import Markup

from webapp.views._reader import catalogue
from webapp.views._templates import written

_KEPT = 4096  # sentences in a language; the templates have a quarter of that


def install(app: Flask) -> None:
    """Replaces Flask-Babel's functions, which look up the language at each sentence, and Jinja's, which escape each
    sentence anew."""
    app.jinja_env.globals.update(_=translated, gettext=translated)


def translated(sentence: str, /, **values: Any) -> Markup:
    """A template's own sentence in the reader's language, with ``values``, which are escaped. Write a "%" as "%%"."""
    if not values:
        return _plain(catalogue(), sentence)
    escaped = {name: value if type(value) is int else written(value) for name, value in values.items()}
    return Markup(_text(catalogue(), sentence) % escaped)  # noqa: S704 - the template's own words


def said(sentence: str, /, **values: Any) -> str:
    """A sentence as text: a faster ``gettext`` for what occurs a hundred times on a page. Where there are values, write
    a "%" as "%%"."""
    words = _text(catalogue(), sentence)
    return words % values if values else words


@lru_cache(_KEPT)
def _text(catalogue: Any, sentence: str) -> str:
    return catalogue.ugettext(sentence)


@lru_cache(_KEPT)
def _plain(catalogue: Any, sentence: str) -> Markup:
    return Markup(catalogue.ugettext(sentence) % {})  # noqa: S704 - as in Jinja's newstyle gettext
