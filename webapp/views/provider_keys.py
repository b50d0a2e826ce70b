"""The keys that Belfry makes for a provider: listed, replaced, and the former one dropped.

A new key is shown in the answer to the very post that makes it: no address, cookie or store holds it. Posting it again
is refused, since the form names the version that it was drawn for.
"""

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from webapp.domain.role import Role
from webapp.services.providers import keys
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._providers import fresh_keys, named, signed_with_vault, tabs

screen = Screen("provider_keys", __name__, role=Role.ADMIN)


@screen.get("/providers/<name>/keys")
def index(name: str) -> Any:
    """The keys' names and states, never their values."""
    provider = named(name)
    return page("providers/keys.html", provider=provider, tabs=tabs(provider), keys=keys.provider_keys(provider))


@screen.post("/providers/<name>/keys/<key>/replacement")
def rotate(name: str, key: str) -> Any:
    """Make another key, and show it this once."""
    made = keys.rotate(**_meant(name, key), again="again" in request.form)
    after = url_for("provider_keys.index", name=name)
    return page(
        "providers/key.html",
        provider=made.provider,
        keys=fresh_keys([made.key], {made.key.name: made.value}),
        after=after,
    )


@screen.post("/providers/<name>/keys/<key>/dropping")
def drop_former(name: str, key: str) -> Any:
    """Let only the newest count."""
    made = keys.drop_former(**_meant(name, key))
    flash(_("%(label)s: the former one counts no more.", label=made.key.label))
    return see_other(url_for("provider_keys.index", name=name))


def _meant(name: str, key: str) -> dict[str, Any]:
    version = request.form.get("version", "")
    seen = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0
    return {"name": name, "key": key, "version": seen, **signed_with_vault()}
