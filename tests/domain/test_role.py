"""Roles: each includes the one before."""

import pytest

from webapp.domain.role import Role


@pytest.mark.parametrize(
    ("role", "included"),
    [
        (Role.EDITOR, {Role.EDITOR}),
        (Role.OPERATOR, {Role.EDITOR, Role.OPERATOR}),
        (Role.ADMIN, {Role.EDITOR, Role.OPERATOR, Role.ADMIN}),
    ],
)
def test_a_role_includes_itself_and_those_below(role, included):
    assert {other for other in Role if role.includes(other)} == included


def test_every_role_has_a_word_and_a_rank():
    assert [role.word for role in Role] == ["Editor", "Operator", "Administrator"]
    assert [role.rank for role in Role] == [0, 1, 2]
