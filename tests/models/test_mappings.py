"""The rows of mappings: their order, and that a late change changes nothing."""

import pytest

from webapp.models import mappings


@pytest.fixture
def three(world):
    channel_id = world.channel("a.b")
    return [
        mappings.add(world.session, type=name, source="*", channel_id=channel_id, recipients=[]).id for name in "abc"
    ]


def _order(session):
    return [row.type for row, _channel in mappings.listed(session)]


@pytest.mark.parametrize(
    ("which", "by", "moved", "order"),
    [(2, -2, True, "cab"), (0, 1, True, "bac"), (0, -1, False, "abc"), (2, 1, False, "abc"), (1, 0, False, "abc")],
)
def test_one_is_moved_and_the_others_close_up(session, three, which, by, moved, order):
    assert mappings.move(session, id=three[which], by=by) is moved
    assert "".join(_order(session)) == order


def test_only_what_was_seen_is_changed(session, three):
    assert mappings.change(session, id=three[0], version=1, columns={"type": "x"}).version == 2
    assert mappings.change(session, id=three[0], version=1, columns={"type": "y"}) is None
    assert _order(session) == ["x", "b", "c"]


def test_one_is_removed_once(session, three):
    assert mappings.remove(session, id=three[1]).type == "b"
    assert mappings.remove(session, id=three[1]) is None
    assert not mappings.move(session, id=three[1], by=1)
