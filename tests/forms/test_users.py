"""The forms of administrators about people."""

from webapp.domain.role import Role
from webapp.forms.users import NewUserForm, PasswordForm, RoleForm


def test_every_role_can_be_chosen_and_nothing_else(app):
    with app.test_request_context("/"):
        assert [choice.data for choice in RoleForm().role] == [role.value for role in Role]
    for role, wrong in [("operator", False), ("boss", True), ("", True)]:
        with app.test_request_context("/", method="POST", data={"role": role}):
            assert RoleForm(meta={"csrf": False}).validate() is not wrong


def test_a_new_person_has_everything_a_profile_has(app):
    with app.test_request_context("/"):
        assert set(NewUserForm(meta={"csrf": False}).values()) == {
            *("username", "display_name", "email", "phone", "role", "password", "tz", "locale")
        }


def test_a_password_is_asked_for(app):
    with app.test_request_context("/", method="POST", data={"password": ""}):
        assert not PasswordForm(meta={"csrf": False}).validate()
