"""A form's words in the reader's language: looked up when it is drawn, since the form's class is made only once."""

from typing import cast

from flask_babel import lazy_gettext


def _(words: str) -> str:
    """The words; not yet a string, but everything that draws a form takes it for one."""
    return cast("str", lazy_gettext(words))
