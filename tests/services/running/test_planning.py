"""After very much was posted, the database counts anew what it plans by."""

import pytest

from tests.support.planning import rows_known
from webapp.models import planning as rows
from webapp.services.running import planning


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch):
    monkeypatch.setattr(rows, "LARGE", 3)


def test_a_large_post_wishes_for_it_and_one_process_takes_it_on(world):
    world.post(*world.crowd(3))
    assert planning.take_wanted()
    assert not planning.take_wanted()
    planning.count_anew()
    assert rows_known(world.session) == 3


def test_a_small_one_does_not(world):
    world.post(*world.crowd(2))
    assert not planning.take_wanted()
