"""The common part of the screens for one's own tokens and for those of other accounts."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, make_response
from flask_babel import gettext as _

from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.domain.scope import Scope
from webapp.forms.tokens import TokenForm
from webapp.runtime import runtime
from webapp.services.people import tokens
from webapp.services.people.accounts import Person
from webapp.services.people.tokens import Made
from webapp.views._answers import page, see_other
from webapp.views._forms import refuse_form

_DIGITS = 10  # a number with fewer digits fits any database's integer
_SENTENCES = {scope.value: scope.sentence for scope in Scope}


def make(form: TokenForm, act: Callable[[], Made], draw: Callable[[], Response], *, after: str) -> Any:
    """Make the token, and show it in the answer to this very post: no address, cookie or store holds it. Posting it
    again is refused, since the name is then taken."""
    if not form.validate():
        answer = draw()
        answer.status_code = 422
        return answer
    try:
        made = act()
    except Refused as refused:
        return refuse_form(form, _at_fields(refused), draw)
    return page("tokens/made.html", made=made, after=after)


def form_page(form: TokenForm, **context: Any) -> Response:
    """The form for a new token."""
    return make_response(page("tokens/new.html", form=form, sentences=_SENTENCES, **context))


def revocation(id: str, whose: Person, **context: Any) -> Any:
    """The page that asks whether to revoke the token."""
    token = tokens.get(id=_number(id), username=whose.username, now=runtime().now())
    return page("tokens/revoke.html", token=token, whose=whose, **context)


def revoke(id: str, username: str, *, by: str, after: str) -> Any:
    """Revoke it, and say so; also where somebody else was faster."""
    try:
        gone = tokens.revoke(id=_number(id), username=username, by=by, now=runtime().now())
        flash(_("“%(name)s” is revoked: it is good for nothing from now on.", name=gone.name))
    except Conflict as conflict:
        flash(" ".join(conflict.problems.values()), "brass")
    return see_other(after)


def _number(id: str) -> int:
    """The id in an address. Raises Missing where it cannot be one."""
    if not (id.isascii() and id.isdecimal() and len(id) < _DIGITS):
        raise Missing({"token": _("There is no such token.")})
    return int(id)


def _at_fields(refused: Refused) -> Refused:
    """Moves a problem to the form's field: the form asks for a duration, the service for a moment."""
    refused.problems = {"ends" if field == "expires_at" else field: said for field, said in refused.problems.items()}
    return refused
