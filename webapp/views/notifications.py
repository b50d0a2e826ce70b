"""One notification on a page of its own: where links lead to. Looking at it marks nothing; its button does."""

from typing import Any

from flask import request
from flask_login import current_user

from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.inbox import notifications
from webapp.views._answers import page
from webapp.views._blueprint import Screen

screen = Screen("notifications", __name__, role=Role.EDITOR)


@screen.get("/notifications/<id>")
def show(id: str) -> Any:
    """What there is to read; with ``?raw=1``, the text as it was written."""
    opened = notifications.get(user_id=current_user.id, id=id, now=runtime().now())
    return page("notifications/show.html", opened=opened, back={}, unread=None, raw="raw" in request.args)
