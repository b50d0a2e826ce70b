"""What an operator does to one delivery: retry it now, send it again, cancel it, or say that it arrived."""

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.queue import queue, story
from webapp.services.queue.queue import Handled
from webapp.services.queue.story import Act, Story
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen

_NONE = 0  # no row has generation 0, so a form without the field matches none

screen = Screen("delivery_acts", __name__, role=Role.OPERATOR)


@screen.post("/deliveries/<id>/retry")
def retry(id: str) -> Any:
    """Make its next try due at once."""
    return _answer(id, queue.retry_now(ids=[id], **_by()), _("It is tried again now."))


@screen.get("/deliveries/<id>/sending-again")
def ask_to_send_again(id: str) -> Any:
    """The page that asks first, since it may make a second copy."""
    it = _story(id)
    if Act.SEND_AGAIN not in it.acts:
        return see_other(url_for("deliveries.show", id=id))
    return page("deliveries/send_again.html", it=it)


@screen.post("/deliveries/<id>/sending-again")
def send_again(id: str) -> Any:
    """Send it again in a new envelope, if it is still as the page showed it: a second click makes no copy."""
    shown = [state for state in queue.SENDABLE if state == request.form.get("state")]
    generation = request.form.get("generation", default=_NONE, type=int)
    handled = queue.send_again(ids=[id], only=shown, generation=generation, **_by())
    return _answer(id, handled, _("It is sent again, as a new envelope."))


@screen.post("/deliveries/<id>/cancellation")
def cancel(id: str) -> Any:
    """Stop it before it leaves."""
    return _answer(
        id, queue.cancel(ids=[id], **_by()), _("It is cancelled. You can send it again if that was a mistake.")
    )


@screen.post("/deliveries/<id>/arrival")
def arrived(id: str) -> Any:
    """A person has found out that it arrived."""
    return _answer(id, queue.mark_arrived(ids=[id], **_by()), _("It is noted that it arrived."))


def _answer(id: str, handled: Handled, words: str) -> Any:
    """Back to the delivery, with what was done or why it was not. Raises Missing where there is no such delivery."""
    _story(id)
    if id in handled.done:
        flash(words)
    else:
        flash(handled.skipped[id], "warning")
    return see_other(url_for("deliveries.show", id=id))


def _story(id: str) -> Story:
    return story.get(id=id, user_id=current_user.id, operator=True, now=runtime().now())


def _by() -> dict[str, Any]:
    return {"by": current_user.username, "now": runtime().now()}
