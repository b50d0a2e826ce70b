"""Who may post on a channel."""

import pytest

from webapp.domain.posters import may_post
from webapp.domain.role import Role


@pytest.mark.parametrize(
    ("posters", "may"),
    [
        (None, True),
        ([], False),
        (["edith"], True),
        (["emil"], False),
        (["role:editor"], True),
        (["role:operator"], False),
        (["emil", "role:admin"], False),
    ],
)
def test_an_editor_named_edith(posters, may):
    assert may_post(posters, username="edith", role=Role.EDITOR) is may


def test_a_role_includes_those_above_it():
    assert may_post(["role:operator"], username="ada", role=Role.ADMIN)
