"""What makes a module a screen: a blueprint that states who may see it and where it stands in the menu."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, current_app

from webapp.domain.role import Role
from webapp.views._identity import present

EVERYBODY = None  # signed in or not: the sign-in page itself


@dataclass(frozen=True, slots=True)
class Place:
    """Where a screen stands in the menu. ``group``: 0 for everyone's, 1 to operate, 2 to configure.

    ``count`` says what waits there; it is asked when a whole page is drawn. ``key``: the keys that lead there ("g i").
    """

    label: str
    icon: str
    group: int
    order: int
    count: Callable[[], int | str] | None = None
    key: str = ""


class Screen(Blueprint):
    """A blueprint whose every view is open to ``role`` and above, and to nobody else."""

    def __init__(
        self, name: str, import_name: str, *, role: Role | None, place: Place | None = None, **more: Any
    ) -> None:
        super().__init__(name, import_name, **more)
        self.role, self.place = role, place
        if role is not None:
            self.before_request(self._admit)

    def _admit(self) -> Any:
        if (me := present()) is None:
            return current_app.login_manager.unauthorized()  # pyright: ignore[reportAttributeAccessIssue]
        if self.role and not me.role.includes(self.role):
            abort(403, f"This page is for {self.role.word.lower()}s.")
        return None
