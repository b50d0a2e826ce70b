"""The mailbox of a file provider: what it would have sent, to be looked at."""

from typing import Any

from flask import Response, make_response, request

from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.providers import outbox
from webapp.views._answers import page
from webapp.views._blueprint import Screen
from webapp.web import CONTENT_SECURITY_POLICY

screen = Screen("outbox", __name__, role=Role.OPERATOR)

FACES = ("text", "html", "headers")
# The page shows a message's HTML in a frame without scripts, network or cookies.
_FRAMING = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
_ISLAND = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"


@screen.get("/providers/<name>/outbox")
def index(name: str) -> Any:
    """The messages, newest first."""
    mails = _listed(name)
    return page("outbox/index.html", name=name, mails=mails, letter=None)


@screen.get("/providers/<name>/outbox/<letter>")
def show(name: str, letter: str) -> Any:
    """One message: its text, its HTML or its headers."""
    found = outbox.get(name=name, letter=letter, surroundings=runtime().surroundings)
    face = request.args.get("as", "")
    face = face if face in FACES and (face != "html" or found.html) else "text"
    mails = _listed(name)
    answer = make_response(page("outbox/index.html", name=name, mails=mails, letter=found, face=face))
    answer.headers["Content-Security-Policy"] = _FRAMING
    return answer


@screen.get("/providers/<name>/outbox/<letter>/html")
def html(name: str, letter: str) -> Any:
    """The HTML alone, for the frame."""
    found = outbox.get(name=name, letter=letter, surroundings=runtime().surroundings)
    return Response(found.html or "", mimetype="text/html", headers={"Content-Security-Policy": _ISLAND})


def _listed(name: str) -> outbox.Page:
    return outbox.listed(name=name, surroundings=runtime().surroundings, before=request.args.get("before"))
