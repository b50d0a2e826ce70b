"""How a screen answers: with the whole page or the piece that htmx asked for, and with a redirect after a post."""

from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request
from werkzeug.urls import iri_to_uri


def wants_piece() -> bool:
    """Whether htmx asks for a piece. Boosted links and restored history entries want the whole page."""
    headers = request.headers
    return bool(headers.get("HX-Request")) and not (
        headers.get("HX-Boosted") or headers.get("HX-History-Restore-Request")
    )


def fragment(template: str, block: str, **context: Any) -> str:
    """One block of a page alone, with the context of every template."""
    current_app.update_template_context(context)
    page = current_app.jinja_env.get_template(template)
    return "".join(page.blocks[block](page.new_context(context)))


def page(template: str, piece: str | None = None, **context: Any) -> str:
    """The page, or only its block ``piece`` where htmx asks for a piece."""
    if piece and wants_piece():
        return fragment(template, piece, **context)
    return render_template(template, **context)


def refused(template: str, piece: str | None = None, **context: Any) -> Response:
    """The form again with its errors: 422, which htmx is configured to swap in."""
    return make_response(page(template, piece, **context), 422)


def message(sentence: Any, code: int, **more: Any) -> Response:
    """For htmx: a sentence to be put among the messages, with what else the macro ``flash`` draws."""
    macros: Any = current_app.jinja_env.get_template("parts/banner.html").make_module()
    answer = make_response(macros.flash(sentence, "brick", **more), code)
    answer.headers.update({"HX-Retarget": "#flashes", "HX-Reswap": "innerHTML"})
    return answer


def see_other(address: str) -> Response:
    """A redirect after a post: 303, or htmx's equivalent."""
    if wants_piece():
        return Response(status=204, headers={"HX-Redirect": iri_to_uri(address)})  # headers are Latin-1
    return make_response(redirect(address, 303))
