"""The presets as a person may put them back: the same as those that a database begins with."""

from tests.support.presets import PRESETS as WRITTEN_OUT
from webapp.domain.retry_presets import ORIGINS, PRESETS


def test_they_are_those_that_every_database_begins_with():
    assert tuple(PRESETS.values()) == WRITTEN_OUT
    assert list(PRESETS) == ["optimizely", "zitadel", "open-notificaties", "kazoo"]


def test_each_makes_sense_and_says_where_it_comes_from():
    assert not [name for name, policy in PRESETS.items() if policy.problems()]
    assert set(ORIGINS) == set(PRESETS)
