"""The signing key of a subscriber: its state, replaced, and the former one dropped.

A new key is shown in the answer to the very post that makes it: no address, cookie or store holds it. Posting it again
is refused, since the form names the version that it was drawn for.
"""

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.subscribers import keys
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._subscribers import fresh_keys, named, signed, tabs

screen = Screen("subscriber_keys", __name__, role=Role.ADMIN)


@screen.get("/subscribers/<name>/keys")
def index(name: str) -> Any:
    """Which keys count, never their values."""
    one = named(name)
    return page("subscribers/keys.html", subscriber=one, tabs=tabs(one), key=keys.signing_key(one))


@screen.post("/subscribers/<name>/keys/replacement")
def rotate(name: str) -> Any:
    """Make another key, and show it this once."""
    made = keys.rotate(**_meant(name), again="again" in request.form)
    told, after = {made.key.name: made.value}, url_for("subscriber_keys.index", name=name)
    return page("subscribers/key.html", subscriber=made.subscriber, keys=fresh_keys(told), after=after)


@screen.post("/subscribers/<name>/keys/dropping")
def drop_former(name: str) -> Any:
    """Let only the newest count."""
    keys.drop_former(**_meant(name))
    flash(_("The former key counts no more."))
    return see_other(url_for("subscriber_keys.index", name=name))


def _meant(name: str) -> dict[str, Any]:
    version = request.form.get("version", "")
    seen = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0
    return {"name": name, "version": seen, **signed(), "vault": runtime().vault}
