"""What administrators fill in about people."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, StringField

from webapp.domain.role import Role
from webapp.forms._fields import Needed, choices, required, stripped
from webapp.forms._words import _
from webapp.forms.profile import DetailsForm

_MAY: dict[str, str] = {
    Role.EDITOR: _("Editor: posts and reads"),
    Role.OPERATOR: _("Operator: also works the queue"),
    Role.ADMIN: _("Administrator: also configures, and manages people"),
}


def role_field() -> RadioField:
    """What an account may do."""
    return RadioField(_("Role"), choices=choices(_MAY.items()))


class PasswordForm(FlaskForm):
    """A password that is set for somebody else."""

    password = PasswordField(
        _("New password"), [required()], description=_("At least 8 characters. It signs them out everywhere.")
    )


class RoleForm(FlaskForm):
    """What somebody may do."""

    role = role_field()


class NewUserForm(DetailsForm):
    """A new account."""

    username = StringField(
        _("Username"),
        [Needed()],
        filters=[stripped],
        description=_("To sign in with, and to be named as a recipient. It stays for ever: small letters and digits."),
    )
    role = role_field()
    password = PasswordField(
        _("Password"), [Needed()], description=_("At least 8 characters. Tell it to them in a safe way.")
    )
