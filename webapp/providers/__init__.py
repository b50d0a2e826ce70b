"""How a message leaves the house: one module (or folder) per kind, each with a ``PROVIDER`` class."""

from functools import cache

from webapp.domain.registry import Registry, discover
from webapp.providers._base import Listener, Provider, Surroundings, Verifier
from webapp.providers._net import never_dialled

__all__ = ["Listener", "Provider", "Surroundings", "Verifier", "kinds", "listening_media", "never_dialled"]


@cache
def kinds() -> Registry[type[Provider]]:
    """Every provider kind by name, found at first use: importing this package imports no plugin's libraries."""
    registry: Registry[type[Provider]] = Registry("provider")
    for plugin in discover(__name__, group="belfry.providers"):
        kind: type[Provider] = getattr(plugin, "PROVIDER", plugin)
        registry.add(kind.kind, kind)
    return registry


def listening_media() -> set[str]:
    """The media of which a far side may say later what became of a message."""
    return {medium for _, kind in kinds().items() if issubclass(kind, Listener) for medium in kind.media}
