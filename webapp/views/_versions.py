"""The version that a form was filled in from."""

from wtforms import Form


def version_in(form: Form) -> int:
    """The form's hidden ``version``; 0, which no row ever has, where it is missing or invalid."""
    text = form["version"].data or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
