"""What forms share: what they say of text that is no number, date or time."""

import importlib
import inspect
import pkgutil

import pytest
from wtforms import DateTimeLocalField, FloatField, Form, IntegerField, TimeField
from wtforms.fields.core import UnboundField

from webapp import forms
from webapp.forms._fields import MOMENT, NUMBER, TIME, WHOLE

SAID = {IntegerField: WHOLE, FloatField: NUMBER, DateTimeLocalField: MOMENT, TimeField: TIME}


def _asked() -> dict[str, UnboundField]:
    """Each field of these kinds, by its form and name."""
    modules = [
        importlib.import_module(f"{forms.__name__}.{each.name}") for each in pkgutil.iter_modules(forms.__path__)
    ]
    drawn = {form for module in modules for form in vars(module).values() if inspect.isclass(form)}
    return {
        f"{form.__name__}.{name}": field
        for form in drawn
        if issubclass(form, Form)
        for name, field in vars(form).items()
        if isinstance(field, UnboundField) and field.field_class in SAID
    }


ASKED = _asked()


def test_every_kind_is_asked_for_somewhere():
    assert {field.field_class for field in ASKED.values()} == set(SAID)


@pytest.mark.parametrize("named", sorted(ASKED))
def test_what_takes_no_text_says_so_in_belfrys_words(named):
    field = ASKED[named]
    assert field.kwargs | SAID[field.field_class] == field.kwargs
