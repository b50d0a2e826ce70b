"""The ways in which a provider can take or leave a role, each described by what would follow; the usual one first."""

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.services.providers.life_cycle import Behind
from webapp.services.providers.provider_setup import ProviderView
from webapp.views import _moments
from webapp.views._telling import capped

Ways = list[tuple[str, str]]


def ways_in(provider: ProviderView, rival: str | None) -> Ways:
    """How it could be activated, given the present primary, if any."""
    if rival is None:
        return [("replace", _("As the primary: everything is sent by it."))]
    ways = [
        ("replace", _("Instead of %(rival)s, which becomes inactive.", rival=rival)),
        ("keep", _("Before %(rival)s, which stays as a fallback: it sends while this one is paused.", rival=rival)),
    ]
    if provider.active:
        return ways
    return [*ways, ("fallback", _("Behind %(rival)s, as a fallback: it sends while that one is paused.", rival=rival))]


def fates(behind: Behind) -> Ways:
    """What could become of the deliveries that wait."""
    ways = [("hold", _hold(behind))]
    if behind.fallback:
        ways.append(("move", _("Move to %(name)s, which becomes the primary.", name=behind.fallback)))
    if behind.left:
        cancelled = ngettext(
            "Cancel the one that waits, for good; what is posted from now on is held.",
            "Cancel the %(n)s that wait, for good; what is posted from now on is held.",
            behind.left.n,
            n=capped(behind.left),
        )
        ways.append(("cancel", cancelled))
    return ways


def _hold(behind: Behind) -> str:
    if behind.expires_at is None:
        return _("Hold it until a provider is activated.")
    exact = _moments.exact(behind.expires_at)
    return _("Hold it until a provider is activated. The first to expire does so on %(at)s.", at=exact)
