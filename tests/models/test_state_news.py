"""News of states: kept for whoever wants them, and for a price that nobody notices where nobody does."""

import pytest

from tests.support.subscribers import subscriber
from webapp.database import writing
from webapp.domain.delivery_state import DeliveryState as S
from webapp.models import state_news
from webapp.models._columns import table_of
from webapp.models.state_news import StateNews


def note(world, state=S.SENT):
    with writing(world.session) as session:
        state_news.note(session, [row.id for row in world.rows()], state, at=world.clock.now())


def take(world, limit=10):
    with writing(world.session) as session:
        return state_news.take(session, limit=limit)


@pytest.fixture
def posted(world):
    """A message of Edith's, who wants to know, to two."""
    mine = subscriber(world, owner="edith", filters={})
    world.post("emil", "edith")
    return mine


@pytest.mark.parametrize("state", sorted(S))
def test_only_what_ends_it_or_changes_the_outlook_is_news(world, posted, state):
    note(world, state)
    wanted = state in state_news.NEWS - {S.RETRYING}  # that it is tried again says why
    assert len(take(world)) == (2 if wanted else 0)


def test_where_nobody_wants_any_one_short_statement_is_asked(world, statements):
    world.post()
    with statements() as asked:
        note(world)
    assert sum("state_news" in one or "EXISTS" in one for one in asked) == 1


def test_they_are_taken_in_their_order_and_within_a_bound(world, posted):
    for state in (S.HELD, S.SENT):
        note(world, state)
    first, second = take(world, limit=3), take(world, limit=3)
    assert [one.state for one in (*first, *second)] == [S.HELD, S.HELD, S.SENT, S.SENT]
    assert {one.subscriber_id for one in first} == {posted}
    assert world.count(table_of(StateNews)) == 0
