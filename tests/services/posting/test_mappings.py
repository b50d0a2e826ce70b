"""Mappings: made, changed, moved and removed, each noted; and which of them takes an event."""

import pytest
from sqlalchemy import select

from webapp.domain.event_rule import EventRule
from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.models.audit import AuditEvent
from webapp.services.posting import mappings


@pytest.fixture
def signed(world):
    return {"by": "ada", "now": world.clock.now()}


@pytest.fixture
def add(world, signed):
    return lambda **rule: mappings.add(rule=EventRule(**{"channel": "team.news", **rule}), **signed)


def _order():
    return [view.type for view in mappings.listed()]


def test_the_first_that_matches_takes_it(add):
    add(type="a.*", source="x")
    second = add(type="a.*")
    add()
    assert mappings.taking(type="a.b", source="y") == second
    assert mappings.taking(type="b", source="y").type == "*"


def test_they_are_moved_by_places_and_not_beyond_the_ends(add, signed):
    views = [add(type=name) for name in "abc"]
    mappings.move(id=views[2].id, places=-1, **signed)
    assert _order() == ["a", "c", "b"]
    mappings.move(id=views[0].id, places=-1, **signed)
    mappings.move(id=views[1].id, places=1, **signed)
    assert _order() == ["a", "c", "b"]
    mappings.remove(id=views[2].id, **signed)
    add(type="d")
    assert _order() == ["a", "b", "d"]


def test_who_moves_another_meanwhile_undoes_nothing(add, signed, meanwhile):
    views = [add(type=name) for name in "abc"]
    rival = meanwhile("mapping moved", lambda: mappings.move(id=views[0].id, places=1, **signed))
    mappings.move(id=views[2].id, places=-2, **signed)
    rival.end()
    assert _order() == ["c", "b", "a"]


def test_each_change_is_noted(world, add, signed):
    view = add(type=" a ", recipients=("emil",))
    add(type="b")
    rule = EventRule(channel="team.news", type="c")
    assert mappings.edit(id=view.id, version=1, rule=rule, **signed).version == 2
    mappings.move(id=view.id, places=1, **signed)
    mappings.remove(id=view.id, **signed)
    noted = world.session.scalars(select(AuditEvent).where(AuditEvent.target == f"mapping:{view.id}")).all()
    assert [it.what for it in noted] == ["mapping added", "mapping changed", "mapping moved", "mapping removed"]
    assert (noted[0].after["type"], noted[1].before["recipients"], noted[3].before["type"]) == ("a", ["emil"], "c")


def test_who_is_late_is_told_who_was_faster(add, signed):
    view = add()
    rule = EventRule(channel="team.news", type="mine")
    mappings.edit(id=view.id, version=1, rule=rule, **signed)
    with pytest.raises(Conflict) as caught:
        mappings.edit(id=view.id, version=1, rule=rule, **signed)
    assert "ada changed this" in caught.value.problems["version"]


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"channel": "no.such", "type": ""}, "channel type"),
        ({"channel": "a\0.b"}, "channel"),
        ({"recipients": ("nobody",)}, "recipients"),
        ({"recipients": ("role:king",)}, "recipients"),
    ],
)
def test_what_cannot_be(add, wrong, fields):
    with pytest.raises(Refused) as caught:
        add(**wrong)
    assert sorted(caught.value.problems) == fields.split()
    assert mappings.listed() == []


def test_what_is_not_there(signed):
    for act in (mappings.get, lambda id: mappings.remove(id=id, **signed)):
        with pytest.raises(Missing):
            act(id=10**30)
