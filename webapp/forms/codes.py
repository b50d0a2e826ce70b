"""What people type to show that they hold a phone, or that they are who they were."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField

from webapp.forms._fields import required, stripped
from webapp.forms._words import _


class CodeForm(FlaskForm):
    """The code that was sent to a phone."""

    code = StringField(_("Code"), [required()], filters=[stripped])


class RecoveryForm(FlaskForm):
    """One of the codes that were kept for the loss of the phone."""

    recovery = StringField(_("Recovery code"), [required()], filters=[stripped])


class PresentPasswordForm(FlaskForm):
    """Before something that a session left open should not be enough for."""

    current = PasswordField(_("Present password"), [required()])


class ReasonForm(FlaskForm):
    """Why somebody's second factor is reset; the audit keeps it."""

    reason = StringField(_("Reason"), [required()], filters=[stripped])
