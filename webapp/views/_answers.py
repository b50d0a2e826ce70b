"""How a screen answers: the whole page, or the piece that htmx asked for; and where a post leads."""

from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request
from werkzeug.urls import iri_to_uri


def wants_piece() -> bool:
    """Whether htmx asks for a piece; a boosted link or a restored history entry wants the whole page."""
    headers = request.headers
    return bool(headers.get("HX-Request")) and not (
        headers.get("HX-Boosted") or headers.get("HX-History-Restore-Request")
    )


def fragment(template: str, block: str, **context: Any) -> str:
    """One block of a page by itself, with what every template knows."""
    current_app.update_template_context(context)
    page = current_app.jinja_env.get_template(template)
    return "".join(page.blocks[block](page.new_context(context)))


def page(template: str, piece: str | None = None, **context: Any) -> str:
    """The page, or only its block ``piece`` where htmx asks for a piece."""
    if piece and wants_piece():
        return fragment(template, piece, **context)
    return render_template(template, **context)


def refused(template: str, piece: str | None = None, **context: Any) -> Response:
    """The form again with what is wrong with it: 422, which htmx is told to swap in."""
    return make_response(page(template, piece, **context), 422)


def see_other(address: str) -> Response:
    """Where to look after a post: 303, or htmx's way of saying the same."""
    if wants_piece():
        return Response(status=204, headers={"HX-Redirect": iri_to_uri(address)})  # headers are Latin-1
    return make_response(redirect(address, 303))
