"""Whether a column's value is one of many, as one parameter, on both databases."""

import pytest
from sqlalchemy import select

from webapp.database import reading
from webapp.models._among import among
from webapp.models._columns import table_of
from webapp.models.user import User

_user = table_of(User)
MANY = 70_000  # more than either database takes as parameters of one statement


def names(world, *where):
    with reading(world.session) as session:
        return set(session.scalars(select(_user.c.username).where(*where)))


@pytest.mark.parametrize("more", [[], ["nobody"], ["it's", 'a "b"', "c\\d", "{e,f}", "ö"]])
def test_texts(world, more):
    assert names(world, among(_user.c.username, ["emil", "edith", *more])) == {"emil", "edith"}


def test_numbers(world):
    ids = [user_id for (user_id,) in world.session.execute(select(_user.c.id).where(_user.c.username == "emil"))]
    assert names(world, among(_user.c.id, ids)) == {"emil"}


def test_none(world):
    assert names(world, among(_user.c.username, [])) == set()


def test_more_than_a_statement_has_parameters(world):
    assert names(world, among(_user.c.username, ["emil", *map(str, range(MANY))])) == {"emil"}


def test_beside_other_conditions(world):
    these = among(_user.c.username, ["emil", "edith"])
    assert names(world, these, _user.c.username != "emil") == {"edith"}
    assert names(world, these | (_user.c.username == "emil")) == {"emil", "edith"}
    assert names(world, ~these) & {"emil", "edith"} == set()


def test_it_is_no_value_that_is_compared(world):
    """As such no index would serve it."""
    with reading(world.session) as session:
        said = str(select(_user.c.id).where(among(_user.c.id, [1]), _user.c.active).compile(session.get_bind()))
    assert "user_account.id IN (SELECT value FROM json_each(?)) AND" in said or "id = ANY (" in said, said
