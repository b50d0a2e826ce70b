"""One delivery: what is so, how it came to be, what comes next. For those who run the place, who sent it and who it is
for."""

from typing import Any

from flask import Response, make_response, request, url_for
from flask_login import current_user

from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.queue import explaining, story
from webapp.services.queue.story import Story
from webapp.views._answers import page, wants_piece
from webapp.views._blueprint import Screen
from webapp.views._delivery_words import opened, past, stops, to_come
from webapp.views._fact_words import Fact, decided_again, fact_table

FINAL = 286  # htmx's status for: stop polling

screen = Screen("deliveries", __name__, role=Role.EDITOR)


@screen.get("/deliveries/<id>")
def show(id: str) -> Any:
    """Its story, with one try opened; 204 for a browser that has this version already."""
    asked: dict[str, Any] = {
        "id": id,
        "user_id": current_user.id,
        "operator": current_user.role.includes(Role.OPERATOR),
        "now": runtime().now(),
    }
    if "version" in request.args and request.args["version"] == story.version_of(**asked):
        return Response(status=204)
    it = story.get(**asked)
    asked_for, wanted = request.args.get("open"), it.operator and "again" in request.args
    chosen = opened(it, asked_for)
    here = url_for("deliveries.show", id=id, open=asked_for, again=1 if wanted else None)
    told = {"stops": stops(it), "past": past(it, chosen), "to_come": to_come(it), "facts": _facts(it)}
    told["again"] = decided_again(explaining.replay(id=id, now=asked["now"])) if wanted else None
    answer = page("deliveries/show.html", "story", it=it, chosen=chosen, here=here, **told)
    return make_response(answer, FINAL if it.final and wants_piece() else 200)


def _facts(it: Story) -> list[Fact]:
    return fact_table(it.decided.facts, it.decided.reason) if it.decided else []
