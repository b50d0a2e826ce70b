"""Signing in."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField

from webapp.forms._fields import required, stripped
from webapp.forms._words import _


class LoginForm(FlaskForm):
    """``next`` is where to go afterwards."""

    username = StringField(_("Username"), [required()], filters=[stripped])
    password = PasswordField(_("Password"), [required()])
    next = HiddenField()
