"""Retry policies as rows."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.support.presets import PRESETS
from webapp.database import writing
from webapp.domain.retry_policy import RetryPolicy, Rule
from webapp.models import policy as policies

MINE = RetryPolicy(
    name="mine",
    kind="exponential",
    initial_s=1.5,
    base=1.25,
    max_delay_s=20,
    max_attempts=7,
    ttl_s=300,
    rules={"fax": {"1": Rule(attempt=1, retry_after_s=2.5)}},
)


@pytest.fixture
def mine(session):
    with writing(session) as writable:
        policies.add(writable, MINE)
    return MINE


def stored(session, name="mine"):
    row = policies.named(session, name)
    word = row.as_word() if row else None
    session.rollback()
    return word


def test_every_database_begins_with_the_presets(session):
    assert {row.name: row.as_word() for row in policies.listed(session)} == {it.name: it for it in PRESETS}
    assert [row.name for row in policies.listed(session)] == sorted(it.name for it in PRESETS)


def test_one_comes_back_as_it_was_added(session, mine):
    assert stored(session) == mine


def test_a_name_is_taken_once(session, mine):
    with pytest.raises(IntegrityError), writing(session) as writable:
        policies.add(writable, mine)


@pytest.mark.parametrize("name", ["nothing", "", "a\x00b", "\u2028"])
def test_what_is_not_there_is_none(session, name):
    assert policies.named(session, name) is None


def test_a_change_counts_its_version_up(session, mine):
    other = RetryPolicy(name="mine", kind="steps", steps=(1, 2))
    with writing(session) as writable:
        assert policies.change(writable, other, version=1)
    assert stored(session) == RetryPolicy(name="mine", kind="steps", steps=(1, 2), version=2)


def test_an_older_version_is_not_changed(session, mine):
    with writing(session) as writable:
        assert policies.change(writable, MINE, version=2) is None
    assert stored(session) == mine


def test_one_that_a_channel_has_cannot_go(world):
    with pytest.raises(IntegrityError), writing(world.session) as writable:
        policies.remove(writable, policies.named(writable, "optimizely"))
    assert stored(world.session, "optimizely") is not None


def test_one_that_nothing_has_goes(session, mine):
    with writing(session) as writable:
        policies.remove(writable, policies.named(writable, "mine"))
    assert stored(session) is None
