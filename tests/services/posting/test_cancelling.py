"""Cancelling what one has posted; the API's tests say who may."""

import pytest
from sqlalchemy import select

from webapp.domain import signals
from webapp.domain.refusal import Missing
from webapp.models.audit import AuditEvent
from webapp.models.user import User
from webapp.services.posting import cancelling
from webapp.services.posting.cancelling import Cancelled


def _cancel(world, id, who="edith"):
    user_id = world.session.scalars(select(User.id).where(User.username == who)).one()
    return cancelling.cancel(user_id=user_id, id=id, by=who, now=world.clock.now())


def test_it_is_told_and_noted_once(world):
    told = []
    posted = world.post("emil", "edith")
    with signals.cancelled.connected_to(lambda _sender, ids: told.append(len(ids))):
        assert _cancel(world, posted.id) == Cancelled(2, 0)
        assert _cancel(world, posted.id) == Cancelled(0, 0)
    assert (told, world.count(AuditEvent)) == ([2], 1)
    assert world.states() == ["cancelled", "cancelled"]


def test_what_is_gone_is_gone(world):
    posted = world.post("emil", "edith")
    world.dispatch()
    assert _cancel(world, posted.id) == Cancelled(0, 2)


def test_another_may_not(world):
    posted = world.post()
    with pytest.raises(Missing):
        _cancel(world, posted.id, "emil")
    assert world.states() == ["queued"]
