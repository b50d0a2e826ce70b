"""The menu of the person who is asking, made from where each screen says it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app, g, request, url_for
from flask_babel import gettext

from webapp.views._blueprint import Place, Screen
from webapp.views._identity import present

_PHONE = ("inbox", "compose", "sent")  # the bar of four's first three; the last one unfolds the whole menu


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
    items: list[Item]


class Menu:
    """Made when a template first walks over it: a piece of a page shows no menu, so it need not count anything."""

    def __iter__(self) -> Iterator[Group]:
        if "menu" not in g:
            g.menu = list(_groups())
        return iter(g.menu)


class PhoneMenu:
    """The same for the foot of a phone."""

    def __iter__(self) -> Iterator[Item]:
        items = {item.url: item for group in Menu() for item in group.items}
        for name in _PHONE:
            if screen := _open_screens().get(name):
                url = url_for(f"{name}.index")
                yield items.get(url) or _item(screen, gettext("Compose"), "pencil-square")


def _groups() -> Iterator[Group]:
    labels = ("", gettext("Operate"), gettext("Configure"))
    placed = [(screen.place, screen) for screen in _open_screens().values() if screen.place]
    placed.sort(key=lambda pair: (pair[0].group, pair[0].order))
    for number, label in enumerate(labels):
        if items := [_placed(screen, place) for place, screen in placed if place.group == number]:
            yield Group(label, items)


def _open_screens() -> dict[str, Screen]:
    """The screens that this person may see."""
    if "screens" not in g:
        person = present()
        screens = {name: screen for name, screen in current_app.blueprints.items() if isinstance(screen, Screen)}
        g.screens = {name: it for name, it in screens.items() if person and it.role and person.role.includes(it.role)}
    return g.screens


def _placed(screen: Screen, place: Place) -> Item:
    count = place.count() if place.count else None
    return _item(screen, gettext(place.label), place.icon, place.key, count)


def _item(screen: Screen, label: str, icon: str, key: str = "", count: int | str | None = None) -> Item:
    url = url_for(f"{screen.name}.index")
    return Item(label, url, icon, key, _stands_in(screen, url), count)


def _stands_in(screen: Screen, url: str) -> bool:
    """Whether the page that is asked for is of this screen, or of one below it: a provider's history is one of
    Providers."""
    asked = f"{request.script_root}{request.path}"
    return request.blueprint == screen.name or asked.startswith(f"{url.rstrip('/')}/")
