"""A delivery's story, as somebody reads it; and bounds of lists."""

import pytest

from webapp.services.people import accounts
from webapp.services.queue import _rows, missed, story


@pytest.fixture
def look(world):
    """``look()`` as an operator, or as its sender; ``id`` and ``user_id`` may be others."""
    edith = accounts.get(username="edith").id

    def get(operator=True, **instead):
        id = instead.pop("id", None) or world.row.id
        given = {"id": id, "user_id": edith, "operator": operator, "now": world.clock.now()}
        return story.get(**given | instead)

    return get


@pytest.fixture
def bound(monkeypatch):
    """Set a bound of the lists. Statements are put together with it once, so they are forgotten, before and after."""

    def forget() -> None:
        for kept in (_rows._filtered, _rows._counting_each, missed._count, missed._rows):
            kept.cache_clear()

    def make(module, name, most):
        monkeypatch.setattr(module, name, most)
        forget()

    yield make
    forget()
