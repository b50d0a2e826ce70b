"""Every password and code that is typed is named among the secrets, or a page would show it."""

from importlib import import_module

from wtforms import Form, PasswordField

from tests.support.source import modules
from webapp.forms.secrets import TYPED


def test_every_password_of_a_form_is_named() -> None:
    names = {f"webapp.forms.{path.stem}" for path in modules("webapp/forms") if path.name != "__init__.py"}
    forms = {form for name in names for form in vars(import_module(name)).values() if _is_form(form)}
    found = {name for form in forms for name in dir(form) if _is_password(getattr(form, name))}
    assert {"password", "current", "new", "again"} <= found <= TYPED


def _is_form(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, Form)


def _is_password(field: object) -> bool:
    return getattr(field, "field_class", None) is PasswordField
