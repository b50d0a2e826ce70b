"""The forms for codes: something must have been typed; the rest is a service's to judge."""

import pytest

from webapp.forms.codes import CodeForm, PresentPasswordForm, ReasonForm, RecoveryForm


@pytest.mark.parametrize(
    ("kind", "field", "kept"),
    [(CodeForm, "code", "x"), (RecoveryForm, "recovery", "x"), (ReasonForm, "reason", "x"),
     (PresentPasswordForm, "current", "  x ")],
)  # fmt: skip
def test_what_is_asked_for(app, kind, field, kept):
    with app.test_request_context("/", method="POST", data={field: "  x "}):
        form = kind(meta={"csrf": False})
        assert form.validate()
        assert form[field].data == kept
    with app.test_request_context("/", method="POST"):
        assert set(kind().errors if kind().validate() else _errors(kind)) == {field, "csrf_token"}


def _errors(kind):
    form = kind()
    form.validate()
    return form.errors
