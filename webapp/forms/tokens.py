"""What is filled in about tokens, and about the accounts of programs."""

from datetime import datetime, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, StringField

from webapp.domain.role import Role
from webapp.domain.scope import Scope
from webapp.forms._fields import BoxesField, Needed, choices, required, stripped
from webapp.forms._words import _
from webapp.forms.users import role_field

NEVER = "never"
_ENDS = {"7": _("In a week"), "30": _("In 30 days"), "90": _("In 90 days"), "365": _("In a year"),
         NEVER: _("Never: only where somebody looks after it")}  # fmt: skip


class TokenForm(FlaskForm):
    """A new token of an account with ``role``; scopes that the role does not allow are not offered."""

    name = StringField(
        _("Name"),
        [required()],
        filters=[stripped],
        description=_("The program it is for, so that you know it again."),
    )
    scopes = BoxesField(_("Scopes"), description=_("What it may do. Tick no more than the program needs."))
    ends = RadioField(_("It expires"), choices=choices(_ENDS.items()), default="90")

    def __init__(self, role: Role, **more: Any) -> None:
        super().__init__(**more)
        self.scopes.choices = choices((scope.value, scope.value) for scope in Scope if role.includes(scope.role))

    def values(self, now: datetime) -> dict[str, Any]:
        """The values, by the names of the service's arguments."""
        end = None if self.ends.data == NEVER else now + timedelta(days=int(self.ends.data))
        return {"name": self.name.data or "", "scopes": self.scopes.data or [], "expires_at": end}


class OwnTokenForm(TokenForm):
    """The same for oneself."""

    current = PasswordField(
        _("Present password"), [required()], description=_("A session that was left open is not enough for a token.")
    )


class ServiceForm(FlaskForm):
    """The account of a program."""

    username = StringField(
        _("Username"),
        [Needed()],
        filters=[stripped],
        description=_("It is what messages of the program are sent by. It stays for ever: small letters and digits."),
    )
    display_name = StringField(_("Name"), [Needed()], filters=[stripped])
    email = StringField(
        _("E-mail"), filters=[stripped], description=_("Where what is sent to it goes, besides its inbox.")
    )
    role = role_field()

    def values(self) -> dict[str, Any]:
        """The values, by the names of the service's arguments."""
        return {field.short_name: field.data for field in self if field.short_name != "csrf_token"}
