"""What pages say, in the reader's language. What a sentence is in it, is found out once for a process."""

from functools import lru_cache
from typing import Any

from flask import Flask
from markupsafe import Markup

from webapp.views._reader import catalogue
from webapp.views._templates import written

_KEPT = 4096  # sentences in a language; the templates have a quarter of that


def install(app: Flask) -> None:
    """In place of Flask-Babel's own, which asks for the language at each sentence, and of Jinja's, which makes each of
    them safe anew."""
    app.jinja_env.globals.update(_=translated, gettext=translated)


def translated(sentence: str, /, **values: Any) -> Markup:
    """The template's own sentence in the reader's language, with ``values``, which are escaped. A "%" is written as
    "%%"."""
    if not values:
        return _plain(catalogue(), sentence)
    escaped = {name: value if type(value) is int else written(value) for name, value in values.items()}
    return Markup(_text(catalogue(), sentence) % escaped)  # noqa: S704 - the template's own words


def said(sentence: str, /, **values: Any) -> str:
    """A sentence as text: Flask-Babel's ``gettext`` for what is said a hundred times on a page. A "%" is written as
    "%%" where there are values."""
    words = _text(catalogue(), sentence)
    return words % values if values else words


@lru_cache(_KEPT)
def _text(catalogue: Any, sentence: str) -> str:
    return catalogue.ugettext(sentence)


@lru_cache(_KEPT)
def _plain(catalogue: Any, sentence: str) -> Markup:
    return Markup(catalogue.ugettext(sentence) % {})  # noqa: S704 - as in Jinja's newstyle gettext
