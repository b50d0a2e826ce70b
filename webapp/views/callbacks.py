"""Where far sides report later what became of an envelope. They do not sign in: their signature is checked."""

from flask import request
from flask.typing import ResponseReturnValue

from webapp.domain.later_word import Forged
from webapp.domain.refusal import Missing
from webapp.extensions import csrf
from webapp.runtime import runtime
from webapp.services.queue import later_words
from webapp.views._blueprint import EVERYBODY, Screen

LARGEST = 64 * 1024  # bytes of one request

screen = Screen("callbacks", __name__, role=EVERYBODY)


@screen.post("/callbacks/<id>")
@csrf.exempt
def hear(id: str) -> ResponseReturnValue:
    """204 for an accepted report, also a repeated one; 404 for an unknown envelope, 403 for a forged report."""
    request.max_content_length = LARGEST
    here = runtime()
    try:
        later_words.hear(
            envelope_id=id,
            url=_url(here.surroundings.public_url),
            form=request.form.to_dict(),
            headers=dict(request.headers),
            now=here.now(),
            vault=here.vault,
            surroundings=here.surroundings,
        )
    except Missing:
        return "", 404
    except Forged:
        return "", 403
    return "", 204


def _url(public_url: str) -> str:
    """The address as the far side knows it, even behind a proxy that rewrites it."""
    query = request.query_string.decode("ascii", "replace")
    return f"{public_url or request.host_url.rstrip('/')}{request.path}{'?' if query else ''}{query}"
