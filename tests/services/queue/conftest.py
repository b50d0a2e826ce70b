"""A delivery's story, as somebody reads it."""

import pytest

from webapp.services.people import accounts
from webapp.services.queue import story


@pytest.fixture
def look(world):
    """``look()`` as an operator, or as its sender; ``id`` and ``user_id`` may be others."""
    edith = accounts.get(username="edith").id

    def get(operator=True, **instead):
        id = instead.pop("id", None) or world.row.id
        given = {"id": id, "user_id": edith, "operator": operator, "now": world.clock.now()}
        return story.get(**given | instead)

    return get
