"""The menu for the current user, made from each screen's Place."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from flask import Flask, current_app, g, request, url_for

from webapp.domain.role import Role
from webapp.views._blueprint import Place, Screen
from webapp.views._identity import present
from webapp.views._words import translated

_PHONE = ("inbox", "compose", "sent")  # the first three entries of a phone's bar; the fourth unfolds the whole menu


@dataclass(frozen=True, slots=True)
class Spot:
    """A screen, its address, and the prefix of all addresses below it."""

    screen: Screen
    url: str
    below: str


@dataclass(frozen=True, slots=True)
class Item:
    """One place to go to; ``count`` is what waits there."""

    label: str
    url: str
    icon: str
    key: str
    active: bool
    count: int | str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Places that belong together."""

    label: str
    items: tuple[Item, ...]


class Menu:
    """Computed when a template first uses it: a piece of a page shows no menu, and need not count anything."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """All of it."""
        if "menu" not in g:
            g.menu = tuple(_groups())
        return g.menu

    @property
    def bar(self) -> tuple[Item, ...]:
        """The foot of a phone."""
        items = {item.url: item for group in self.groups for item in group.items}
        spots = _open_spots()
        there = (spots[name] for name in _PHONE if name in spots)
        return tuple(items.get(spot.url) or _item(spot, translated("Compose"), "pencil-square") for spot in there)


def _groups() -> Iterator[Group]:
    labels = ("", translated("Operate"), translated("Configure"))
    placed = [(spot, spot.screen.place) for spot in _open_spots().values() if spot.screen.place]
    for number, label in enumerate(labels):
        if items := tuple(_placed(spot, place) for spot, place in placed if place.group == number):
            yield Group(label, items)


def _open_spots() -> dict[str, Spot]:
    """The screens that this person may see."""
    person = present()
    if person is None:
        return {}
    return _spots(cast(Any, current_app)._get_current_object(), person.role, request.script_root)


@lru_cache(maxsize=16)
def _spots(app: Flask, role: Role, _root: str) -> dict[str, Spot]:
    """A role's screens in order. Their addresses begin with the request's ``_root``, so it is a part of the cache key.
    Cached, since no screen is added once an application has answered."""
    screens = [screen for screen in app.blueprints.values() if isinstance(screen, Screen)]
    shown = [it for it in screens if it.role and role.includes(it.role) and (it.place or it.name in _PHONE)]
    shown.sort(key=lambda it: (it.place.group, it.place.order) if it.place else (0, 0))
    return {screen.name: _spot(screen, url_for(f"{screen.name}.index")) for screen in shown}


def _spot(screen: Screen, url: str) -> Spot:
    return Spot(screen, url, f"{url.rstrip('/')}/")


def _placed(spot: Spot, place: Place) -> Item:
    count = place.count() if place.count else None
    return _item(spot, translated(place.label), place.icon, place.key, count)


def _item(spot: Spot, label: str, icon: str, key: str = "", count: int | str | None = None) -> Item:
    return Item(label, spot.url, icon, key, _stands_in(spot), count)


def _stands_in(spot: Spot) -> bool:
    """Whether the requested page belongs to this screen or lies below it, as a provider's history lies below
    Providers."""
    asked = cast(Any, request)._get_current_object()
    return asked.blueprint == spot.screen.name or f"{asked.script_root}{asked.path}".startswith(spot.below)
