"""A form's texts in the reader's language. The form's class is made only once, so they are translated when it is
drawn."""

from typing import cast

from flask_babel import lazy_gettext


def _(words: str) -> str:
    """The text, lazily translated; whatever draws a form accepts it as a string."""
    return cast("str", lazy_gettext(words))
