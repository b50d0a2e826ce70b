"""Roles of providers: one primary a medium, its fallbacks in their order."""

import pytest

from webapp.database import writing
from webapp.models import provider as providers
from webapp.models import roles
from webapp.models.roles import Signed


@pytest.fixture
def cast(session, clock):
    """``cast("a", roles.make_primary, keep=True)``: one that is added where it is not there yet takes a role."""

    def take(name, change, *, medium="email", **more):
        with writing(session) as opened:
            row = providers.named(opened, name)
            if row is None:
                told = {"kind": "file", "settings": {}, "secrets": ""}
                row = providers.add(opened, name=name, medium=medium, now=clock.now(), **told)
            if change is not None:
                change(
                    opened, row, *(() if change is roles.move_up else (Signed("ada", clock.now(), "why not"),)), **more
                )

    return take


@pytest.fixture
def order(session):
    def look(medium="email"):
        session.rollback()
        primary = roles.primary(session, medium)
        return (primary.name if primary else None, [row.name for row in roles.fallbacks(session, medium)])

    return look


def test_the_primary_is_replaced_within_its_medium(cast, order):
    cast("a", roles.make_primary)
    cast("b", roles.make_primary)
    cast("c", roles.make_primary, medium="sms")
    assert (order(), order("sms")) == (("b", []), ("c", []))


def test_a_former_primary_that_is_kept_is_the_first_fallback(cast, order):
    cast("a", roles.make_primary)
    cast("b", roles.make_fallback)
    cast("c", roles.make_primary, keep=True)
    assert order() == ("c", ["a", "b"])


def test_a_fallback_that_becomes_primary_leaves_the_others_in_their_order(cast, order):
    cast("a", roles.make_primary)
    for name in ("b", "c", "d"):
        cast(name, roles.make_fallback)
    cast("c", roles.make_primary, keep=True)
    assert order() == ("c", ["a", "b", "d"])
    cast("a", roles.make_inactive)
    assert order() == ("c", ["b", "d"])
    cast("a", roles.make_fallback)
    assert order() == ("c", ["b", "d", "a"])


def test_fallbacks_move_up_one_place_and_not_beyond_the_first(cast, order):
    cast("a", roles.make_primary)
    for name in ("b", "c", "d"):
        cast(name, roles.make_fallback)
    seen = [order()[1] for _ in range(3) if cast("d", roles.move_up) is None]
    assert seen == [["b", "d", "c"], ["d", "b", "c"], ["d", "b", "c"]]


def test_whoever_changed_a_role_is_written_down_at_both_that_changed(cast, session, clock):
    cast("a", roles.make_primary)
    later = clock.advance(60)
    cast("b", roles.make_primary)
    for name in ("a", "b"):
        row = providers.named(session, name)
        assert (row.role_by, row.role_at, row.role_why) == ("ada", later, "why not")
