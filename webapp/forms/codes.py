"""Forms in which people prove that they hold a phone, or who they are."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField

from webapp.forms._fields import required, stripped
from webapp.forms._words import _


class CodeForm(FlaskForm):
    """The code that was sent to a phone."""

    code = StringField(_("Code"), [required()], filters=[stripped])


class RecoveryForm(FlaskForm):
    """One of the recovery codes, for a lost phone."""

    recovery = StringField(_("Recovery code"), [required()], filters=[stripped])


class PresentPasswordForm(FlaskForm):
    """The present password, asked for before acts that a session left open must not allow."""

    current = PasswordField(_("Present password"), [required()])


class ReasonForm(FlaskForm):
    """Why somebody's second factor is reset; the audit keeps it."""

    reason = StringField(_("Reason"), [required()], filters=[stripped])
