"""The look that a browser chose: light, dark, or as its system is. A cookie, so that the first paint is right."""

from typing import Any

from flask import Response, request
from werkzeug.exceptions import BadRequest

from webapp.runtime import runtime
from webapp.views._addresses import safe_path
from webapp.views._answers import see_other, wants_piece
from webapp.views._blueprint import EVERYBODY, Screen
from webapp.views._context import THEMES

screen = Screen("theme", __name__, role=EVERYBODY)
LASTS_S = 365 * 86400  # seconds


@screen.post("/theme")
def choose() -> Any:
    """Remember the look, and go back to the page that it was chosen on; scripts stay there, and put it on."""
    theme = request.form.get("theme")
    if theme not in THEMES:
        raise BadRequest
    onwards = safe_path(request.form.get("next")) or "/"
    answer = Response(status=204) if wants_piece() else see_other(onwards)
    secure = runtime().settings.public_url.startswith("https:")
    answer.set_cookie("theme", theme, max_age=LASTS_S, secure=secure, httponly=True, samesite="Lax")
    return answer
