"""When something cannot be answered: one calm page that says what happened, what was saved, and what to do."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, make_response, render_template
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, HTTPException, InternalServerError, MethodNotAllowed, SecurityError

from webapp.database import STORAGE_TROUBLE, tell_fault
from webapp.domain.refusal import Refused
from webapp.problems import code_of, for_a_program, problem
from webapp.views import _stale_form
from webapp.views._answers import message, wants_piece
from webapp.views._identity import without_looking

Text = str | LazyString
_WRONG_HOST = "Belfry is not served under this name."
BUSY_RETRY_S = 5  # seconds after which a browser or proxy may ask again while the database is in trouble


@dataclass(frozen=True, slots=True)
class Words:
    """What happened and what was saved; and what to do about it."""

    title: Text
    sentence: Text
    advice: Text


_AGAIN = _("Go back, load the page again, and send it once more.")
WORDS: Mapping[int, Words] = {
    400: Words(
        _("This cannot be understood"),
        _("The browser sent something that makes no sense here. Nothing was saved."),
        _AGAIN,
    ),
    403: Words(
        _("This is not open to you"),
        _("Your role does not include this page."),
        _("An administrator can change your role."),
    ),
    404: Words(
        _("There is nothing here"),
        _("This page does not exist, or it is not yours to see."),
        _("Check the address, or start again from your inbox."),
    ),
    405: Words(_("This page cannot do that"), _("The address exists, but not for what was asked of it."), _AGAIN),
    409: Words(_("That cannot be done now"), _("It has changed in the meantime. Nothing was saved."), _AGAIN),
    413: Words(
        _("That is too much at once"),
        _("The form is larger than Belfry reads. Nothing was saved."),
        _("Go back, shorten it, and send it again."),
    ),
    422: Words(
        _("That cannot be done as it is"), _("Something in it is not right. Nothing was saved."), _("Go back to it.")
    ),
    429: Words(
        _("Too many tries"), _("There were too many tries in a short time."), _("Wait a little, then try again.")
    ),
    500: Words(
        _("Something went wrong in Belfry"),
        _("This is our fault. What you did last may or may not have been saved: please look before you repeat it."),
        _("If it happens again, give an operator the number below; the server's log says more under it."),
    ),
    503: Words(
        _("Belfry cannot reach its database"),
        _("It is busy or away for a moment. What you did last may or may not have been saved."),
        _("Wait a few seconds, and look before you repeat it. What was posted before waits safely."),
    ),
}  # fmt: skip
STALE = Words(
    _("This form was open too long"),
    _("You have signed in or out since it was opened, or the browser forgot it. Nothing was saved."),
    _("Go back, copy what you typed, and send it from a new page."),
)


def install(app: Flask) -> None:
    """Register one error page for all errors, inside and outside of the screens."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _wrong_host)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(InternalServerError, _broken)
    for trouble in STORAGE_TROUBLE:
        app.register_error_handler(trouble, _away)


def _http(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400 or error.response is not None:
        return error  # a redirect, or an answer that a view had made already
    answer = _http_problem(error) if for_a_program() else _http_page(error)
    if isinstance(error, MethodNotAllowed):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return answer


def _http_page(error: HTTPException) -> Response:
    """Only the words of Belfry's own refusals are for people; werkzeug's are for developers."""
    said = error.description if isinstance(error, Forbidden) and error.description != Forbidden.description else None
    return _answer(error.code or 500, sentence=said)


def _http_problem(error: HTTPException) -> Response:
    """For programs. Schema errors are reported by field."""
    found = getattr(error, "data", {}).get("messages", {})
    errors = {field: said for place in found.values() for field, said in _by_field(place)}
    code = getattr(error, "problem", None) or code_of(error.code or 500)
    told = " ".join(f"{field}: {said}" for field, said in errors.items()) or error.description or ""
    answer = problem(code, told, errors=errors, status=error.code or 500)
    answer.status_code = error.code or 500  # also one, such as 414, that only servers speak of
    return answer


def _by_field(found: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Errors inside lists and objects are named by their path: recipients.0."""
    if isinstance(found, Mapping):
        for name, said in found.items():
            yield from _by_field(said, (*path, str(name)))
    else:
        yield ".".join(path), " ".join(map(str, found))


def _wrong_host(_error: SecurityError) -> Response:
    """Plain text: a page needs addresses, and none can be built for an unknown host name."""
    if for_a_program():
        return problem("not_understood", _WRONG_HOST)
    return Response(f"{_WRONG_HOST}\n", 400, mimetype="text/plain")


def _stale(_error: CSRFError) -> Response:
    """What was typed is kept, but what another site may have sent."""
    try:
        return _stale_form.kept() or _answer(400, words=STALE)
    except STORAGE_TROUBLE as trouble:
        return _away(trouble)


def _refused(refused: Refused) -> Response:
    said = " ".join(refused.problems.values())
    if for_a_program():
        answer = problem(refused.code, said, errors=refused.problems)
    else:
        answer = _answer(refused.status, sentence=said)
    if refused.retry_after is not None:
        answer.headers["Retry-After"] = str(refused.retry_after)
    return answer


def _broken(error: InternalServerError) -> Response:
    """Flask has just logged the traceback; the number connects it with what the person saw."""
    without_looking()
    error_id = secrets.token_hex(4)
    current_app.logger.error("Error %s: %r", error_id, error.original_exception or error)
    if for_a_program():
        return problem("broken", f"The server's log says more under the number {error_id}.")
    return _answer(500, error_id=error_id)


def _away(trouble: Exception) -> Response:
    without_looking()
    tell_fault(current_app.logger, "The database is in trouble", trouble)
    answer = problem("away") if for_a_program() else _answer(503)
    answer.headers["Retry-After"] = str(BUSY_RETRY_S)
    return answer


def _answer(code: int, *, words: Words | None = None, sentence: Text | None = None, error_id: str = "") -> Response:
    """The page; for htmx only the sentence, to be shown among the messages.

    The page loads the current user; where that fails because the database is away, it says so instead.
    """
    words = words or WORDS.get(code) or WORDS[500 if code >= 500 else 400]
    sentence = sentence or words.sentence
    if wants_piece():
        return message(f"{sentence} {error_id}".strip(), code)
    told = {"title": words.title, "sentence": sentence, "advice": words.advice, "error_id": error_id}
    try:
        page = render_template("errors/error.html", code=code, **told)
    except STORAGE_TROUBLE as trouble:
        return _away(trouble)
    answer = make_response(page, code)
    answer.headers["Cache-Control"] = "no-store"  # also for a static file that is not there
    return answer
