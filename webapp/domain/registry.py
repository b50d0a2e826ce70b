"""Registry: plugins by name. A plugin needs no registration: it is a module in the folder, or an installed entry
point."""

import logging
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

Plugin = TypeVar("Plugin")
_LONGEST_ERROR = 300  # characters of what is logged
_log = logging.getLogger(__name__)


class Registry(Generic[Plugin]):
    """The plugins of one sort, by name."""

    def __init__(self, sort: str) -> None:
        self.sort = sort
        self._plugins: dict[str, Plugin] = {}

    def add(self, name: str, plugin: Plugin) -> None:
        """Add a plugin. Raises ValueError where the name is taken: one plugin must not silently replace another."""
        if name in self._plugins:
            raise ValueError(f"There are two {self.sort} plugins named {name!r}.")
        self._plugins[name] = plugin

    def add_installed(self, group: str, read: Callable[[Any], tuple[str, Plugin]]) -> None:
        """Add the plugins that installed packages name by entry points of ``group``. ``read`` returns the name and the
        plugin of a loaded entry point, or raises.

        A plugin that cannot be loaded or read, or whose name is taken, is left out, with a line in the log: one package
        that somebody has installed must not stop all the rest.
        """
        for entry in entry_points(group=group):
            try:
                self.add(*read(entry.load()))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - it is theirs, and may be anything
                words = " ".join(str(error).split())[:_LONGEST_ERROR]
                _log.error(
                    "The %s plugin %s (%s) is left out: %s: %s",
                    *(self.sort, entry.name, entry.value, type(error).__name__, words),
                )

    def __getitem__(self, name: str) -> Plugin:
        return self._plugins[name]

    def get(self, name: str) -> Plugin | None:
        """The plugin of that name, or None."""
        return self._plugins.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._plugins

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._plugins))

    def items(self) -> list[tuple[str, Plugin]]:
        """(name, plugin) pairs in the order of the names."""
        return [(name, self._plugins[name]) for name in self]


def registered(sort: str, package: str, group: str, read: Callable[[Any], tuple[str, Plugin]]) -> Registry[Plugin]:
    """The plugins of one sort: the public modules below ``package``, and what installed packages name by entry points
    of ``group``. ``read`` returns the name and the plugin of a module or an entry point, or raises."""
    registry: Registry[Plugin] = Registry(sort)
    for module in discover(package):
        registry.add(*read(module))
    registry.add_installed(group, read)
    return registry


def discover(package: str) -> Iterator[Any]:
    """Every public module below ``package``. A name that begins with an underscore marks shared code, not a plugin."""
    for found in pkgutil.iter_modules(import_module(package).__path__):
        if not found.name.startswith("_"):
            yield import_module(f"{package}.{found.name}")
