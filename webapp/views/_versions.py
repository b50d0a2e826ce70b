"""The version that a form was filled in from."""

from wtforms import Form


def version_in(form: Form) -> int:
    """What the form's hidden ``version`` says; 0, which nothing ever has, where it says nothing sensible."""
    text = form["version"].data or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
