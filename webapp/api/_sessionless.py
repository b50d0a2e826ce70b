"""No session for programs: cookies open nothing in the API, so nobody reads them there, and none is given."""

from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

from webapp.problems import for_a_program


class Sessionless(SessionInterface):
    """Sessions as they are ``elsewhere``."""

    def __init__(self, elsewhere: SessionInterface) -> None:
        self._elsewhere = elsewhere

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """What the request's cookie says; nothing, and nothing that could be kept, where it is for the API."""
        if for_a_program():
            return self.make_null_session(app)
        return self._elsewhere.open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> Any:
        """Asked only where there is one."""
        self._elsewhere.save_session(app, session, response)
