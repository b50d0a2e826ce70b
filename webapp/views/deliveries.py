"""One delivery: what is so, how it came to be, what comes next. For those who run the place, and for who sent it."""

from typing import Any

from flask import Response, make_response, request, url_for
from flask_login import current_user

from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.queue import story
from webapp.views._answers import page, wants_piece
from webapp.views._blueprint import Screen
from webapp.views._delivery_words import facts, opened, past, stops, to_come

FINAL = 286  # htmx's word for: you need not ask again

screen = Screen("deliveries", __name__, role=Role.EDITOR)


@screen.get("/deliveries/<id>")
def show(id: str) -> Any:
    """Its story, with one of its tries opened; 204 for a browser that has it already."""
    asked: dict[str, Any] = {
        "id": id,
        "user_id": current_user.id,
        "operator": current_user.role.includes(Role.OPERATOR),
        "now": runtime().now(),
    }
    if "version" in request.args and request.args["version"] == story.version_of(**asked):
        return Response(status=204)
    it = story.get(**asked)
    asked_for = request.args.get("open")
    chosen = opened(it, asked_for)
    here = url_for("deliveries.show", id=id, open=asked_for)
    told = {"stops": stops(it), "past": past(it, chosen), "to_come": to_come(it), "facts": facts(it)}
    answer = page("deliveries/show.html", "story", it=it, chosen=chosen, here=here, **told)
    return make_response(answer, FINAL if it.final and wants_piece() else 200)
