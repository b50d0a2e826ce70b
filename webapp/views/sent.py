"""Sent: one's own messages, and what became of each for every recipient, kept fresh until nothing more will happen; and
what has not left, cancelled."""

from typing import Any

from flask import Response, flash, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.domain.delivery_state import DeliveryState
from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.posting import cancelling, sent
from webapp.views._answers import page, see_other, wants_piece
from webapp.views._blueprint import Place, Screen

FINAL = 286  # htmx's status for: stop polling

screen = Screen("sent", __name__, role=Role.EDITOR, place=Place("Sent", "send", 0, 20, key="g s"))


@screen.get("/sent")
def index() -> Any:
    """The list, newest first; 204 for a browser that has this version already."""
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


@screen.get("/sent/<id>/cancellation")
def ask_to_cancel(id: str) -> Any:
    """Say first what it stops, and what not."""
    head, _told = sent.head(user_id=current_user.id, id=id, now=runtime().now())
    if not head.entry.waiting:
        return _too_late(id)
    return page("sent/cancel.html", entry=head.entry)


@screen.post("/sent/<id>/cancellation")
def cancel(id: str) -> Any:
    """Stop what has not left; everybody keeps their copy in the inbox."""
    me, now = current_user, runtime().now()
    stopped = cancelling.cancel(user_id=me.id, id=id, by=me.username, now=now).cancelled
    if not stopped:
        return _too_late(id)
    flash(ngettext("%(num)s delivery is cancelled.", "%(num)s deliveries are cancelled.", stopped))
    return see_other(url_for("sent.show", id=id))


def _too_late(id: str) -> Response:
    flash(_("Nothing is left to cancel."), "warning")
    return see_other(url_for("sent.show", id=id))


def _state() -> DeliveryState | None:
    asked = request.args.get("state")
    return DeliveryState(asked) if asked in set(DeliveryState) else None


def _until_final(answer: str, final: bool) -> Response:
    """A piece that is final has a status that stops the polling."""
    return make_response(answer, FINAL if final and wants_piece() else 200)
