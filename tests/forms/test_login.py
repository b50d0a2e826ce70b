"""The form to sign in with."""

from webapp.forms.login import LoginForm


def test_both_fields_are_asked_for_and_spaces_do_not_count(app):
    with app.test_request_context("/login", method="POST", data={"username": "  edith ", "password": " x "}):
        form = LoginForm(meta={"csrf": False})
        assert form.validate()
        assert (form.username.data, form.password.data) == ("edith", " x ")
    with app.test_request_context("/login", method="POST"):
        form = LoginForm(meta={"csrf": False})
        assert not form.validate()
        assert set(form.errors) == {"username", "password"}


def test_the_token_is_asked_for(app):
    with app.test_request_context("/login", method="POST", data={"username": "edith", "password": "x"}):
        form = LoginForm()
        assert not form.validate()
        assert set(form.errors) == {"csrf_token"}
