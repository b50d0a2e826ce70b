"""Unsubscribing by the link in a message: no sign-in, and for mail programs no page (RFC 8058)."""

from typing import Any

from flask import make_response, request, url_for
from werkzeug.exceptions import BadRequest

from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import csrf
from webapp.forms.preferences import OFTEN, USUAL_TIME, OftenForm
from webapp.runtime import runtime
from webapp.services.people import subscriptions
from webapp.services.people.subscriptions import SubscriptionView
from webapp.tokens import Subscription
from webapp.views._answers import page, see_other
from webapp.views._blueprint import EVERYBODY, Screen

screen = Screen("unsubscribe", __name__, role=EVERYBODY)
# No CSRF check: nothing here depends on a session. Only the token in the address counts, and mail programs send no
# other.
csrf.exempt(screen)

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # the field and its value that a mail program posts
WANTED = {"yes": True, "no": False}


@screen.get("/unsubscribe/<token>")
def show(token: str) -> Any:
    """The present setting, with a button that changes it. A GET changes nothing: mail filters follow every link."""
    try:
        return _page(token, subscriptions.get(subscription=_subscription(token)))
    except Missing:
        return _page(token, None), 404


@screen.post("/unsubscribe/<token>")
def change(token: str) -> Any:
    """Turn it off or on again, or have it sent less often. A mail program gets its answer at once: it follows no
    redirect."""
    name, value = ONE_CLICK
    one_click = request.form.get(name) == value
    try:
        it = _space_out(token) if "often" in request.form else _turn(token, one_click=one_click)
    except Missing:
        return _page(token, None), 404
    except Conflict:
        return _page(token, subscriptions.get(subscription=_subscription(token))), 409
    return _page(token, it) if one_click else see_other(url_for("unsubscribe.show", token=token))


def _turn(token: str, *, one_click: bool) -> SubscriptionView:
    wanted = False if one_click else WANTED.get(request.form.get("wanted", ""))
    if wanted is None:
        raise BadRequest
    return subscriptions.change(subscription=_subscription(token), wanted=wanted, **_circumstances())


def _space_out(token: str) -> SubscriptionView:
    form = OftenForm(meta={"csrf": False})
    if not form.validate():
        raise BadRequest
    return subscriptions.space_out(subscription=_subscription(token), digest=form.digest, **_circumstances())


def _circumstances() -> dict[str, Any]:
    return {"ip": request.remote_addr, "now": runtime().now()}


def _subscription(token: str) -> Subscription | None:
    return runtime().tokens.subscription(token)


def _page(token: str, it: SubscriptionView | None) -> Any:
    answer = make_response(
        page("unsubscribe/index.html", token=token, it=it, often=OFTEN, usual_time=f"{USUAL_TIME:%H:%M}")
    )
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
