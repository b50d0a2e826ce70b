"""Sent: one's own messages, and what became of each for every recipient, kept fresh until nothing more will happen."""

from typing import Any

from flask import Response, make_response, request, url_for
from flask_login import current_user

from webapp.domain.delivery_state import DeliveryState
from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.posting import sent
from webapp.views._answers import page, wants_piece
from webapp.views._blueprint import Place, Screen

FINAL = 286  # htmx's word for: you need not ask again

screen = Screen("sent", __name__, role=Role.EDITOR, place=Place("Sent", "send", 0, 20, key="g s"))


@screen.get("/sent")
def index() -> Any:
    """The list, newest first; 204 for a browser that has it already."""
    mine = {"user_id": current_user.id, "now": runtime().now(), "after": request.args.get("after")}
    if "version" in request.args and request.args["version"] == sent.version(**mine):
        return Response(status=204)
    shown = sent.page(**mine)
    return _until_final(page("sent/index.html", "list", shown=shown, after=mine["after"]), shown.final)


@screen.get("/sent/<id>")
def show(id: str) -> Any:
    """One message with its recipients; those of one state only, where the address names one."""
    mine = {"user_id": current_user.id, "id": id, "now": runtime().now()}
    if "version" in request.args and request.args["version"] == sent.version_of(**mine):
        return Response(status=204)
    state, after = _state(), request.args.get("after")
    detail = sent.get(**mine, state=state, after=after)
    here = url_for("sent.show", id=id, state=state.value if state else None, after=after)
    return _until_final(
        page("sent/show.html", "outcome", detail=detail, entry=detail.entry, state=state, here=here, after=after),
        detail.entry.final,
    )


def _state() -> DeliveryState | None:
    asked = request.args.get("state")
    return DeliveryState(asked) if asked in set(DeliveryState) else None


def _until_final(answer: str, final: bool) -> Response:
    """A piece of what is final says so, and is not asked for again."""
    return make_response(answer, FINAL if final and wants_piece() else 200)
