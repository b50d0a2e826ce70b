"""Who may post on a channel."""

import pytest

from webapp.domain.posters import by_role, may_post, problem_in_posters, split
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


def test_roles_and_people_apart():
    assert split(("role:operator", "ada", "role:admin")) == (("operator", "admin"), ("ada",))
    assert by_role("admin") == "role:admin"


@pytest.mark.parametrize(
    ("posters", "words"),
    [
        ((), None),
        (("role:editor", "ada"), None),
        (("role:Editor",), "“Editor” is no role: there are editor, operator, admin."),
        (("Ada Kern",), "There is nobody named “Ada Kern”."),
        (("ada", "ada"), "Name each of them once."),
    ],
)
def test_what_is_wrong_with_them(posters, words):
    assert problem_in_posters(posters) == words
