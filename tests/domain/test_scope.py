"""Scopes: a closed list, each with what it is for and the least role that it is of use to."""

import pytest

from webapp.domain.role import Role
from webapp.domain.scope import Scope


@pytest.mark.parametrize("scope", Scope)
def test_each_says_what_it_is_for(scope):
    assert scope.sentence.endswith(".")
    assert scope.role in Role


def test_no_two_say_the_same():
    assert len({scope.sentence for scope in Scope}) == len(Scope)


def test_whoever_may_change_something_may_see_it():
    for scope in Scope:
        if scope.value.endswith(":write"):
            assert Scope(scope.value.replace(":write", ":read")).role == scope.role


@pytest.mark.parametrize(("role", "count"), [(Role.EDITOR, 10), (Role.OPERATOR, 13), (Role.ADMIN, 19)])
def test_each_role_has_those_of_the_roles_below(role, count):
    assert len([scope for scope in Scope if role.includes(scope.role)]) == count
