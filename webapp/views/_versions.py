"""The version that a form was filled in from, and what is said where it is no longer the newest."""

from wtforms import Form

from webapp.domain.refusal import Conflict, Refused


def version_in(form: Form) -> int:
    """The form's hidden ``version``; 0, which no row ever has, where it is missing or invalid."""
    text = form["version"].data or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def who_was_faster(refused: Refused | None) -> str | None:
    """The sentence that names who has changed it meanwhile, where it was refused for that."""
    return refused.problems.get("version") if isinstance(refused, Conflict) else None
